namespace ConvLstmNative.Cli;

/// <summary>Shapes of arrays in a layer's layout.</summary>
internal static class LayoutShape
{
    /// <summary>The sizes of an input or of a whole output of this shape.</summary>
    public static long[] Of(RecurrentOptions options, in SequenceShape shape)
    {
        long[] spatial = Spatial(options, shape);
        long[] steps = IsTimeFirst(options) ? [shape.Steps, shape.Batch] : [shape.Batch, shape.Steps];
        return IsChannelsLast(options) ? [.. steps, .. spatial, shape.Channels] : [.. steps, shape.Channels, .. spatial];
    }

    /// <summary>The sizes of the output: without time where only the last is given.</summary>
    public static long[] OfOutput(RecurrentOptions options, in SequenceShape shape)
    {
        if (options.Output == RecurrentOutput.Sequence)
            return Of(options, shape);
        long[] spatial = Spatial(options, shape);
        return IsChannelsLast(options) ? [shape.Batch, .. spatial, shape.Channels] : [shape.Batch, shape.Channels, .. spatial];
    }

    /// <summary>The sizes of a mask.</summary>
    public static long[] OfMask(RecurrentOptions options, in SequenceShape shape) =>
        IsTimeFirst(options) ? [shape.Steps, shape.Batch] : [shape.Batch, shape.Steps];

    /// <summary>The shape of an input with these sizes.</summary>
    /// <exception cref="ToolException">There are more or fewer sizes, or they are too large.</exception>
    public static SequenceShape Parse(RecurrentOptions options, IReadOnlyList<long> sizes, string path)
    {
        string text = string.Join(", ", sizes);
        if (sizes.Count != options.Rank + 3)
            throw new ToolException($"--input: expected {options.Rank + 3} dimensions for a layer of rank {options.Rank}, but {path} has ({text}).");
        if (sizes.Any(size => size > int.MaxValue))
            throw new ToolException($"--input: expected sizes of at most {int.MaxValue}, but {path} has ({text}).");
        int[] all = [.. sizes.Select(size => (int)size)];
        (int batch, int steps) = IsTimeFirst(options) ? (all[1], all[0]) : (all[0], all[1]);
        int[] spatial = IsChannelsLast(options) ? all[2..^1] : all[3..];
        return With(new SequenceShape(batch, steps, IsChannelsLast(options) ? all[^1] : all[2], 1, 1), spatial);
    }

    /// <summary>The same shape with other spatial sizes, as many as the rank.</summary>
    public static SequenceShape With(in SequenceShape shape, IReadOnlyList<int> spatial) => shape with
    {
        Width = spatial[^1],
        Height = spatial.Count > 1 ? spatial[^2] : 1,
        Depth = spatial.Count > 2 ? spatial[^3] : 1,
    };

    private static long[] Spatial(RecurrentOptions options, in SequenceShape shape)
    {
        long[] all = [shape.Depth, shape.Height, shape.Width];
        return all[^options.Rank..];
    }

    private static bool IsTimeFirst(RecurrentOptions options) =>
        options.Layout is SequenceLayout.TimeFirst or SequenceLayout.TimeFirstChannelsLast;

    private static bool IsChannelsLast(RecurrentOptions options) =>
        options.Layout is SequenceLayout.BatchFirstChannelsLast or SequenceLayout.TimeFirstChannelsLast;
}
