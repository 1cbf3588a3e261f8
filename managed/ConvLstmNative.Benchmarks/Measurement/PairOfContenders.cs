namespace ConvLstmNative.Benchmarks;

/// <summary>How many times faster one contender was than another, judged pair by pair.</summary>
/// <param name="Speedup">Median over the rounds of the ratios within each.</param>
/// <param name="Spread">Half of the ratios lie in an interval so wide, as a share of the median.</param>
/// <param name="GoodPairs">Rounds in which nothing disturbed either; with too few of them all rounds count.</param>
internal readonly record struct PairOfContenders(double Speedup, double Spread, int GoodPairs)
{
    /// <summary>With fewer than this, all rounds count and the pair is noisy.</summary>
    public const int EnoughPairs = 3;

    /// <summary>With a wider spread the median says little.</summary>
    public const double WidestSpread = 0.1;

    public bool IsNoisy => GoodPairs < EnoughPairs || Spread > WidestSpread;
}
