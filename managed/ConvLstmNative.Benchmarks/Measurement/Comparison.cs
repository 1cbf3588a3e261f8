namespace ConvLstmNative.Benchmarks;

/// <summary>Whether results agree.</summary>
internal static class Comparison
{
    /// <summary>The largest difference in any array, relative to the largest element of the expected array.</summary>
    public static double LargestError(IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> actual) =>
        expected.Max(array => Error(array.Value, actual[array.Key]));

    /// <summary>What a contender may be off: rounding, summed up over the steps, layers and pixels.</summary>
    public static double Tolerance(NumberType type, bool isTraining) => (type, isTraining) switch
    {
        (NumberType.Bfloat16, false) => 5e-2,
        (NumberType.Bfloat16, true) => 1e-1,
        (_, false) => 1e-4,
        (_, true) => 1e-3,
    };

    private static double Error(float[] expected, float[] actual)
    {
        if (expected.Length != actual.Length)
            throw new InvalidOperationException($"expected {expected.Length} elements, got {actual.Length}");
        double largest = 0;
        double error = 0;
        for (int k = 0; k < expected.Length; k++)
        {
            largest = Math.Max(largest, Math.Abs(expected[k]));
            error = Math.Max(error, Math.Abs((double)expected[k] - actual[k]));
        }

        return error / Math.Max(largest, float.Epsilon);
    }
}
