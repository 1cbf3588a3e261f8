namespace ConvLstmNative.Benchmarks;

/// <summary>Samples of contenders that took turns.</summary>
internal sealed class Rounds
{
    private readonly List<Sample[]> _samples = [];

    public int Count => _samples.Count;

    public void Add(Sample[] round) => _samples.Add(round);

    /// <summary>Rounds in which nothing disturbed a contender.</summary>
    public int GoodSamples(int contender) => _samples.Count(round => round[contender].IsGood);

    /// <summary>Median of the samples that nothing disturbed; of all where these are too few.</summary>
    public double Milliseconds(int contender)
    {
        bool takesAll = GoodSamples(contender) < PairOfContenders.EnoughPairs;
        return Quantile.Median(
            _samples.Select(round => round[contender]).Where(sample => takesAll || sample.IsGood).Select(sample => sample.Milliseconds));
    }

    /// <summary>One beside another.</summary>
    public PairOfContenders Compare(int contender, int other)
    {
        Sample[][] good = [.. _samples.Where(round => round[contender].IsGood && round[other].IsGood)];
        double[] ratios =
        [
            .. (good.Length < PairOfContenders.EnoughPairs ? _samples : (IEnumerable<Sample[]>)good)
                .Select(round => round[other].Milliseconds / round[contender].Milliseconds),
        ];
        double median = Quantile.Median(ratios);
        return new PairOfContenders(median, (Quantile.Of(ratios, 0.75) - Quantile.Of(ratios, 0.25)) / median, good.Length);
    }
}
