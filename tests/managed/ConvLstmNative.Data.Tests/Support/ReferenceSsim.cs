namespace ConvLstmNative.Data.Tests;

/// <summary>SSIM by its definition: every window on its own, means first, then deviations from them.</summary>
internal static class ReferenceSsim
{
    public static double Mean(float[] first, float[] second, int channels, int height, int width)
    {
        double sum = 0;
        int windows = 0;
        for (int c = 0; c < channels; c++)
        {
            for (int top = 0; top + 7 <= height; top++)
            {
                for (int left = 0; left + 7 <= width; left++, windows++)
                    sum += OfWindow(first, second, (c * height + top) * width + left, width);
            }
        }
        return sum / windows;
    }

    private static double OfWindow(float[] first, float[] second, int start, int width)
    {
        double[] a = new double[49], b = new double[49];
        for (int i = 0; i < 49; i++)
        {
            a[i] = Math.Clamp(first[start + i / 7 * width + i % 7], 0, 1);
            b[i] = Math.Clamp(second[start + i / 7 * width + i % 7], 0, 1);
        }
        double meanA = a.Average(), meanB = b.Average();
        double varianceA = a.Sum(value => (value - meanA) * (value - meanA)) / 48;
        double varianceB = b.Sum(value => (value - meanB) * (value - meanB)) / 48;
        double covariance = a.Zip(b, (p, q) => (p - meanA) * (q - meanB)).Sum() / 48;
        const double C1 = 0.0004, C2 = 0.0036;
        return (2 * meanA * meanB + C1) * (2 * covariance + C2) / ((meanA * meanA + meanB * meanB + C1) * (varianceA + varianceB + C2));
    }
}
