namespace ConvLstmNative.Benchmarks;

/// <summary>Samples of contenders that took turns.</summary>
internal sealed class Rounds
{
    /// <summary>With fewer good ones than this, all samples count and the row says that it is noisy.</summary>
    private const int EnoughSamples = 3;
    private readonly List<Sample[]> _samples = [];

    public int Count => _samples.Count;

    public void Add(Sample[] round) => _samples.Add(round);

    public int GoodSamples(int contender) => _samples.Count(round => round[contender].IsGood);

    public bool IsNoisy(int contender) => GoodSamples(contender) < EnoughSamples;

    public double Milliseconds(int contender)
    {
        bool takesAll = IsNoisy(contender);
        return Median(_samples.Select(round => round[contender]).Where(sample => takesAll || sample.IsGood).Select(sample => sample.Milliseconds));
    }

    /// <summary>Median over the rounds of how many times faster one was than the other in the same round.</summary>
    public double Speedup(int contender, int other)
    {
        Sample[][] good = [.. _samples.Where(round => round[contender].IsGood && round[other].IsGood)];
        return Median((good.Length < EnoughSamples ? _samples : (IEnumerable<Sample[]>)good)
            .Select(round => round[other].Milliseconds / round[contender].Milliseconds));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
