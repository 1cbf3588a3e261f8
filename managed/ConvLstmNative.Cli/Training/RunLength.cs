namespace ConvLstmNative.Cli;

/// <summary>When a run is over, and how many steps it has: given, or projected from the time that the steps take.</summary>
internal readonly record struct RunLength(long? Steps, double? Minutes)
{
    private const long Unknown = 100_000;

    public bool IsOver(long step, double elapsedSeconds) =>
        Steps is { } steps ? step >= steps : elapsedSeconds >= Minutes * 60;

    /// <summary>The steps of the whole run. Where a time decides, as many as it holds at the average speed so far.</summary>
    public long Total(long step, double elapsedSeconds)
    {
        if (Steps is { } steps)
            return steps;
        if (step == 0 || elapsedSeconds <= 0)
            return Unknown;
        double projected = step * (Minutes!.Value * 60 / elapsedSeconds);
        return (long)Math.Clamp(projected, step, 1e15);
    }
}
