namespace ConvLstmNative.Tests;

/// <summary>Numbers for tests.</summary>
internal static class Numbers
{
    /// <summary>Uniform numbers in [−scale, scale).</summary>
    public static float[] Random(int seed, long count, float scale = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, checked((int)count)).Select(_ => ((random.NextSingle() * 2) - 1) * scale)];
    }

    /// <summary>Uniform numbers in [0, 1).</summary>
    public static float[] Unit(int seed, long count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, checked((int)count)).Select(_ => random.NextSingle())];
    }

    /// <summary>An output that nobody has written yet.</summary>
    public static float[] Poisoned(long count)
    {
        float[] values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }

    public static double[] ToDouble(float[] values) => Array.ConvertAll(values, value => (double)value);

    /// <summary>The largest difference; NaN where a value is NaN.</summary>
    public static double MaxDifference(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        if (actual.Length != expected.Length)
            return double.NaN;
        double max = 0;
        for (int index = 0; index < actual.Length; index++)
        {
            double difference = Math.Abs(actual[index] - expected[index]);
            if (double.IsNaN(difference))
                return double.NaN;
            max = Math.Max(max, difference);
        }

        return max;
    }
}
