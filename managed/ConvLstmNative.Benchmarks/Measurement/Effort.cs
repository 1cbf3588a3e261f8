namespace ConvLstmNative.Benchmarks;

/// <summary>How long to measure one shape.</summary>
/// <param name="WarmUp">Of each contender.</param>
/// <param name="SampleTime">At least, of one sample: short runs are repeated.</param>
/// <param name="Budget">For the rounds of a shape.</param>
/// <param name="MinRounds">Even beyond the budget.</param>
/// <param name="MaxRounds">Even within the budget.</param>
internal sealed record Effort(TimeSpan WarmUp, TimeSpan SampleTime, TimeSpan Budget, int MinRounds, int MaxRounds)
{
    public static Effort Full { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(40), 5, 41);

    public static Effort Quick { get; } = new(TimeSpan.FromSeconds(0.1), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(4), PairOfContenders.EnoughPairs, 15);
}
