namespace ConvLstmNative.Benchmarks;

/// <summary>A time of one contender in one round.</summary>
/// <param name="Milliseconds">For one run.</param>
/// <param name="IsGood">Whether the probes before and after read full speed, and nobody else took the processors between.</param>
internal readonly record struct Sample(double Milliseconds, bool IsGood);
