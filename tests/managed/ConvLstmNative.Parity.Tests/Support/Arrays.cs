namespace ConvLstmNative.Parity.Tests;

/// <summary>Random arrays, and the distance of two.</summary>
internal static class Arrays
{
    /// <summary>Uniform numbers in [−scale, scale).</summary>
    public static float[] Random(Random random, long count, float scale) =>
        [.. Enumerable.Range(0, checked((int)count)).Select(_ => ((random.NextSingle() * 2) - 1) * scale)];

    /// <summary>An output that nobody has written yet.</summary>
    public static float[] Poisoned(long count)
    {
        float[] values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }

    /// <summary>The largest difference by the largest value, or by the floor where that is larger; NaN where a value is, or the
    /// lengths differ.</summary>
    public static double Distance(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double floor)
    {
        if (actual.Length != expected.Length)
            return double.NaN;
        double largest = floor;
        double difference = 0;
        for (int index = 0; index < actual.Length; index++)
        {
            if (!double.IsFinite(actual[index]) || !double.IsFinite(expected[index]))
                return double.NaN;
            largest = Math.Max(largest, Math.Abs(expected[index]));
            difference = Math.Max(difference, Math.Abs(actual[index] - expected[index]));
        }

        return difference / largest;
    }
}
