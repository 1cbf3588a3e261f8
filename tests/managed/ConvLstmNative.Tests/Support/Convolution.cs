namespace ConvLstmNative.Tests;

/// <summary>Cross-correlation with zero padding in plain loops.</summary>
internal static class Convolution
{
    /// <summary>output (Out, H, W) += kernel (Out, In, Kh, Kw) ∗ input (In, H, W).</summary>
    public static void Add(
        ReadOnlySpan<double> input, ReadOnlySpan<double> kernel, Span<double> output, int inputs, int outputs, Sizes size, int height, int width)
    {
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++)
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < width; x++)
                        for (int ky = 0; ky < size.Height; ky++)
                            for (int kx = 0; kx < size.Width; kx++)
                            {
                                int row = y + ky - ((size.Height - 1) / 2);
                                int column = x + kx - ((size.Width - 1) / 2);
                                if (row < 0 || row >= height || column < 0 || column >= width)
                                    continue;
                                output[(((o * height) + y) * width) + x] +=
                                    kernel[(((((o * inputs) + i) * size.Height) + ky) * size.Width) + kx] * input[(((i * height) + row) * width) + column];
                            }
    }
}
