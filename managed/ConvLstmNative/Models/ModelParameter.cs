namespace ConvLstmNative;

/// <summary>A parameter of a model: its name in files and its sizes.</summary>
internal sealed record ModelParameter(string Name, long[] Shape)
{
    /// <summary>The parameters that a model of this description has, in the order of its layers.</summary>
    public static IEnumerable<ModelParameter> Of(SequenceModelOptions options)
    {
        foreach ((string part, bool hasInput) in new[] { ("encoder", true), ("forecaster", false) })
        {
            long input = hasInput ? options.PatchedChannels : 0;
            for (int index = 0; index < options.Layers.Count; index++)
            {
                foreach (ModelParameter parameter in OfLayer($"{part}.{index}.", options.Layers[index], input))
                    yield return parameter;
                input = options.Layers[index].HiddenChannels;
            }
        }

        long hidden = options.Layers.Sum(layer => (long)layer.HiddenChannels);
        yield return new("head.kernel", [options.PatchedChannels, hidden, options.HeadKernelSize, options.HeadKernelSize]);
        yield return new("head.bias", [options.PatchedChannels]);
    }

    private static IEnumerable<ModelParameter> OfLayer(string prefix, RecurrentLayerOptions layer, long input)
    {
        long gates = 4L * layer.HiddenChannels;
        if (input > 0)
            yield return new(prefix + "input_kernel", [gates, input, layer.InputKernelSize, layer.InputKernelSize]);
        yield return new(
            prefix + "recurrent_kernel",
            [gates, layer.HiddenChannels, layer.RecurrentKernelSize, layer.RecurrentKernelSize]);
        if (layer.Bias)
            yield return new(prefix + "bias", [gates]);
        if (layer.Peephole == Peephole.PerChannel)
            yield return new(prefix + "peephole", [3, layer.HiddenChannels]);
    }
}
