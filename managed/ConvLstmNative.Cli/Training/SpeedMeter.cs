namespace ConvLstmNative.Cli;

/// <summary>The speed over the last steps, so that a pause or a slow first step is soon forgotten.</summary>
internal sealed class SpeedMeter
{
    private const int Window = 32;
    private readonly Queue<double> _times = new();
    private double _last;

    /// <summary>Steps a second; 0 until two steps were taken.</summary>
    public double StepsPerSecond { get; private set; }

    /// <summary>Notes that a step has just ended.</summary>
    /// <param name="seconds">The time at its end.</param>
    public void Add(double seconds)
    {
        _times.Enqueue(seconds);
        if (_times.Count > Window)
            _times.Dequeue();
        _last = seconds;
        double span = _last - _times.Peek();
        StepsPerSecond = span > 0 ? (_times.Count - 1) / span : 0;
    }
}
