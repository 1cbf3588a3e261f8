namespace ConvLstmNative.Parity.Tests;

/// <summary>Where the kernel of a convolution looks: stride, dilation and zeros around the image, by dimension.</summary>
internal readonly record struct Convolution(Extents Stride, Extents Dilation, Extents Kernel, Extents Before, Extents After)
{
    /// <summary>The input convolution of the header's section on padding.</summary>
    public static Convolution Of(PaddingKind padding, Extents size, Extents kernel, Extents stride, Extents dilation, Extents before, Extents after)
    {
        int[] total = new int[size.Rank];
        for (int k = 0; k < size.Rank; k++)
        {
            int reach = (kernel[k] - 1) * dilation[k];
            int same = (size[k] + stride[k] - 1) / stride[k];
            total[k] = padding switch
            {
                PaddingKind.SameTensorFlow => Math.Max(((same - 1) * stride[k]) + reach + 1 - size[k], 0),
                PaddingKind.SamePyTorch => reach,
                _ => 0,
            };
        }

        if (padding == PaddingKind.Explicit)
            return new Convolution(stride, dilation, kernel, before, after);
        return new Convolution(
            stride,
            dilation,
            kernel,
            new Extents(Array.ConvertAll(total, value => value / 2)),
            new Extents(Array.ConvertAll(total, value => value - (value / 2))));
    }

    /// <summary>A convolution of stride 1 that keeps the sizes.</summary>
    public static Convolution Same(Extents kernel, Extents dilation)
    {
        Extents one = new([.. Enumerable.Repeat(1, kernel.Rank)]);
        return Of(PaddingKind.SamePyTorch, one, kernel, one, dilation, default, default);
    }

    /// <summary>Extents of the output, below 1 where the kernel does not fit.</summary>
    public Extents Output(Extents size)
    {
        int[] output = new int[size.Rank];
        for (int k = 0; k < output.Length; k++)
        {
            int room = size[k] + Before[k] + After[k] - ((Kernel[k] - 1) * Dilation[k]) - 1;
            output[k] = room < 0 ? 0 : (room / Stride[k]) + 1;
        }

        return new Extents(output);
    }
}
