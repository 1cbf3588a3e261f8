namespace ConvLstmNative.Benchmarks;

/// <summary>Quantiles of a few numbers.</summary>
internal static class Quantile
{
    public static double Median(IEnumerable<double> values) => Of(values, 0.5);

    /// <summary>Between the nearest two of the sorted values.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="share">0 for the smallest, 1 for the largest.</param>
    public static double Of(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        double place = share * (sorted.Length - 1);
        int low = (int)place;
        int high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + ((sorted[high] - sorted[low]) * (place - low));
    }
}
