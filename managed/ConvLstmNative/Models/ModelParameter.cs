namespace ConvLstmNative;

/// <summary>A parameter of a model: its name in files and its sizes.</summary>
internal sealed record ModelParameter(string Name, long[] Shape)
{
    /// <summary>The parameters that a model of this description has, in the order of its layers.</summary>
    public static IEnumerable<ModelParameter> Of(SequenceModelOptions options)
    {
        foreach ((string part, bool hasInput) in new[] { ("encoder", true), ("forecaster", false) })
        {
            int input = hasInput ? options.PatchedChannels : 0;
            for (int index = 0; index < options.Layers.Count; index++)
            {
                RecurrentOptions layer = options.Layers[index].ToLayer(input, RecurrentOutput.Sequence);
                foreach (RecurrentParameter parameter in RecurrentParameter.Of(layer))
                    yield return new($"{part}.{index}.{parameter.Name}", parameter.Shape);
                input = layer.HiddenChannels;
            }
        }

        long hidden = options.Layers.Sum(layer => (long)layer.HiddenChannels);
        yield return new("head.kernel", [options.PatchedChannels, hidden, options.HeadKernelSize, options.HeadKernelSize]);
        yield return new("head.bias", [options.PatchedChannels]);
    }
}
