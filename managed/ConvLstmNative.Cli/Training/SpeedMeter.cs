namespace ConvLstmNative.Cli;

/// <summary>The speed over the last steps, so that a pause or a slow first step is soon forgotten.</summary>
internal sealed class SpeedMeter
{
    private const int Window = 32;
    private readonly Queue<double> _times = new();

    /// <param name="seconds">The time at the beginning of the first step.</param>
    public SpeedMeter(double seconds) => _times.Enqueue(seconds);

    /// <summary>Steps a second; 0 before the first.</summary>
    public double StepsPerSecond { get; private set; }

    /// <summary>Notes that a step has just ended.</summary>
    /// <param name="seconds">The time at its end.</param>
    public void Add(double seconds)
    {
        _times.Enqueue(seconds);
        if (_times.Count > Window + 1)
            _times.Dequeue();
        double span = seconds - _times.Peek();
        StepsPerSecond = span > 0 ? (_times.Count - 1) / span : 0;
    }
}
