namespace ConvLstmNative;

/// <summary>
/// A parameter that a layer of some description has: what the native library makes of the same description, known before
/// anything is allocated, so that files can be checked.
/// </summary>
internal sealed record RecurrentParameter(string Name, long[] Shape)
{
    private const int Peepholes = 3;

    /// <summary>What the names begin with, for each layer of a stack and each direction.</summary>
    public static IEnumerable<string> Prefixes(RecurrentOptions options)
    {
        for (int layer = 0; layer < options.Layers; layer++)
        {
            string prefix = options.Layers > 1 ? $"layers.{layer}." : string.Empty;
            if (options.Direction != RecurrentDirection.Bidirectional)
            {
                yield return prefix;
                continue;
            }

            yield return prefix + "forward.";
            yield return prefix + "reverse.";
        }
    }

    /// <summary>The parameters in their canonical order.</summary>
    public static IEnumerable<RecurrentParameter> Of(RecurrentOptions options)
    {
        int directions = options.Direction == RecurrentDirection.Bidirectional ? 2 : 1;
        foreach ((int index, string prefix) in Prefixes(options).Index())
        {
            long inputs = index < directions ? options.InputChannels : options.OutputChannels;
            foreach (RecurrentParameter parameter in OfCell(options, inputs))
                yield return parameter with { Name = prefix + parameter.Name };
        }
    }

    private static IEnumerable<RecurrentParameter> OfCell(RecurrentOptions options, long inputs)
    {
        long hidden = options.HiddenChannels;
        (int inputGates, int recurrentGates, int memoryGates) = options switch
        {
            ConvGruOptions => (3, 3, 0),
            SpatioTemporalLstmOptions => (7, 4, 3),
            _ => (4, 4, 0),
        };
        long[] recurrentKernel = Sizes(options.RecurrentKernelSize, options.Rank);
        if (inputs > 0)
            yield return new("input_kernel", [inputGates * hidden, inputs, .. Sizes(options.InputKernelSize, options.Rank)]);
        yield return new("recurrent_kernel", [recurrentGates * hidden, hidden, .. recurrentKernel]);
        if (memoryGates > 0)
        {
            yield return new("memory_kernel", [memoryGates * hidden, hidden, .. recurrentKernel]);
            yield return new("output_kernel", [hidden, 2 * hidden, .. recurrentKernel]);
            yield return new("mixing_kernel", [hidden, 2 * hidden, .. Enumerable.Repeat(1L, options.Rank)]);
        }

        if (options.Bias)
            yield return new("bias", [inputGates * hidden]);
        if (options.RecurrentBias)
            yield return new("recurrent_bias", [recurrentGates * hidden]);
        foreach (RecurrentParameter parameter in Peephole(options).Concat(Norms(options, inputs, inputGates, recurrentGates, memoryGates)))
            yield return parameter;
    }

    private static IEnumerable<RecurrentParameter> Peephole(RecurrentOptions options)
    {
        Peephole kind = (options as ConvLstmOptions)?.Peephole ?? ConvLstmNative.Peephole.None;
        if (kind == ConvLstmNative.Peephole.PerChannel)
            yield return new("peephole", [Peepholes, options.HiddenChannels]);
        if (kind == ConvLstmNative.Peephole.PerPixel)
            yield return new("peephole", [Peepholes, options.HiddenChannels, .. Sizes(options.FixedSize, options.Rank)]);
    }

    private static RecurrentParameter[] Norms(
        RecurrentOptions options, long inputs, int inputGates, int recurrentGates, int memoryGates)
    {
        long hidden = options.HiddenChannels;
        if (options.Normalization == Normalization.Group)
            return Norm("norm", inputGates * hidden, []);
        if (options.Normalization != Normalization.Layer)
            return [];
        long[] size = Sizes(options.FixedSize, options.Rank);
        return
        [
            .. inputs > 0 ? Norm("input_norm", inputGates * hidden, size) : [],
            .. Norm("recurrent_norm", recurrentGates * hidden, size),
            .. memoryGates > 0 ? Norm("memory_norm", memoryGates * hidden, size) : [],
            .. memoryGates > 0 ? Norm("output_norm", hidden, size) : [],
        ];
    }

    private static RecurrentParameter[] Norm(string name, long channels, long[] size) =>
        [new(name + "_scale", [channels, .. size]), new(name + "_shift", [channels, .. size])];

    private static long[] Sizes(in Sizes sizes, int rank) => [.. sizes.ToArray(rank).Select(size => (long)size)];
}
