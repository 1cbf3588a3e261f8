namespace ConvLstmNative.Data;

/// <summary>
/// SSIM as scikit-image up to 0.19.3 gives it for float32: 7×7 uniform window, sample covariance, data range 2 (the range of the
/// type, not of the data), mean over the pixels whose window lies inside, then over channels. Inputs are clipped to [0, 1].
/// </summary>
internal static class StructuralSimilarity
{
    private const int Window = 7;
    private const double DataRange = 2;
    private const double C1 = 0.01 * DataRange * 0.01 * DataRange;
    private const double C2 = 0.03 * DataRange * 0.03 * DataRange;

    /// <summary>The mean similarity of two frames; NaN for frames smaller than the window.</summary>
    public static double Mean(ReadOnlySpan<float> first, ReadOnlySpan<float> second, FrameShape shape)
    {
        if (shape.Height < Window || shape.Width < Window)
            return double.NaN;
        int plane = shape.Height * shape.Width;
        double sum = 0;
        for (int c = 0; c < shape.Channels; c++)
            sum += SumOfPlane(first.Slice(c * plane, plane), second.Slice(c * plane, plane), shape.Height, shape.Width);
        return sum / ((double)shape.Channels * (shape.Height - Window + 1) * (shape.Width - Window + 1));
    }

    private static double SumOfPlane(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int height, int width)
    {
        // Moments of each column over the window's rows: added as rows enter, taken away as they leave.
        Moments[] columns = new Moments[width];
        double sum = 0;
        for (int y = 0; y < height; y++)
        {
            Accumulate(columns, first.Slice(y * width, width), second.Slice(y * width, width), 1);
            if (y >= Window)
                Accumulate(columns, first.Slice((y - Window) * width, width), second.Slice((y - Window) * width, width), -1);
            if (y >= Window - 1)
                sum += SumOfRow(columns);
        }
        return sum;
    }

    private static void Accumulate(Moments[] columns, ReadOnlySpan<float> first, ReadOnlySpan<float> second, double weight)
    {
        for (int x = 0; x < columns.Length; x++)
        {
            double a = Math.Clamp(first[x], 0, 1), b = Math.Clamp(second[x], 0, 1);
            columns[x].Add(new Moments { X = a, Y = b, XX = a * a, YY = b * b, XY = a * b }, weight);
        }
    }

    private static double SumOfRow(Moments[] columns)
    {
        Moments window = default;
        double sum = 0;
        for (int x = 0; x < columns.Length; x++)
        {
            window.Add(columns[x], 1);
            if (x >= Window)
                window.Add(columns[x - Window], -1);
            if (x >= Window - 1)
                sum += Similarity(window);
        }
        return sum;
    }

    private static double Similarity(in Moments m)
    {
        const double Count = Window * Window;
        const double Sample = Count / (Count - 1);
        double meanX = m.X / Count, meanY = m.Y / Count;
        double varianceX = Sample * (m.XX / Count - meanX * meanX);
        double varianceY = Sample * (m.YY / Count - meanY * meanY);
        double covariance = Sample * (m.XY / Count - meanX * meanY);
        return (2 * meanX * meanY + C1) * (2 * covariance + C2)
            / ((meanX * meanX + meanY * meanY + C1) * (varianceX + varianceY + C2));
    }

    private struct Moments
    {
        public double X, Y, XX, YY, XY;

        public void Add(in Moments other, double weight)
        {
            X += weight * other.X;
            Y += weight * other.Y;
            XX += weight * other.XX;
            YY += weight * other.YY;
            XY += weight * other.XY;
        }
    }
}
