namespace ConvLstmNative;

/// <summary>Where the input convolution of a recurrent layer puts its output: the sizes of states and outputs.</summary>
internal static class ConvolutionGrid
{
    /// <summary>The same shape with the sizes of the output.</summary>
    /// <exception cref="ArgumentException">The kernel does not fit into the input.</exception>
    public static SequenceShape Over(in SequenceShape shape, RecurrentOptions options)
    {
        if (options.InputChannels == 0)
            return shape;
        SequenceShape grid = shape with { Width = Output(shape.Width, options, static sizes => sizes.Width) };
        if (options.Rank > 1)
            grid = grid with { Height = Output(shape.Height, options, static sizes => sizes.Height) };
        if (options.Rank > 2)
            grid = grid with { Depth = Output(shape.Depth, options, static sizes => sizes.Depth) };
        if (grid.Width < 1 || grid.Height < 1 || grid.Depth < 1)
            throw new ArgumentException($"expected sizes that the kernel of the input convolution fits into, got {shape}", nameof(shape));
        return grid;
    }

    private static int Output(int input, RecurrentOptions options, Func<Sizes, int> axis)
    {
        long stride = axis(options.InputStride);
        long reach = (long)axis(options.InputDilation) * (axis(options.InputKernelSize) - 1);
        long total = options.Padding switch
        {
            ConvolutionPadding.SameTensorflow => Math.Max(((((input + stride - 1) / stride) - 1) * stride) + reach + 1 - input, 0),
            ConvolutionPadding.SamePytorch => reach,
            ConvolutionPadding.Explicit => (long)axis(options.PaddingBefore) + axis(options.PaddingAfter),
            _ => 0,
        };
        long room = input + total - reach - 1;
        return room < 0 ? 0 : (int)((room / stride) + 1);
    }
}
