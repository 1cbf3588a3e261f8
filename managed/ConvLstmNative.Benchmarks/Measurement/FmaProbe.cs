using System.Diagnostics;

namespace ConvLstmNative.Benchmarks;

/// <summary>How fast this machine multiplies and adds right now: a neighbour who takes a core shows here.</summary>
internal sealed class FmaProbe(int threads)
{
    private const int Rounds = 100_000;
    private const double GoodShare = 0.95;

    /// <summary>GFLOP/s of all threads together, the most that was seen.</summary>
    public double Best { get; private set; }

    /// <summary>Looks for the best of many short probes.</summary>
    public void Calibrate(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
            Measure();
    }

    /// <summary>Whether a probe now reads full speed.</summary>
    public bool IsFullSpeed() => Measure() >= GoodShare * Best;

    /// <summary>GFLOP/s now: each thread times itself, all of them at the same time.</summary>
    public double Measure()
    {
        double[] rates = new double[threads];
        using Barrier barrier = new(threads);
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(index => new Thread(() => rates[index] = Rate(barrier)))];
        foreach (Thread other in others)
            other.Start();
        rates[0] = Rate(barrier);
        foreach (Thread other in others)
            other.Join();
        double sum = rates.Sum();
        Best = Math.Max(Best, sum);
        return sum;
    }

    private static double Rate(Barrier barrier)
    {
        barrier.SignalAndWait();
        long start = Stopwatch.GetTimestamp();
        long operations = FmaLoop.Run(Rounds);
        return operations / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }
}
