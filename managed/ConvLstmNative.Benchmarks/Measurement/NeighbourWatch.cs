using System.Diagnostics;
using System.Globalization;

namespace ConvLstmNative.Benchmarks;

/// <summary>Processor time that others took while a sample ran, by the system's own account: other processes and other
/// guests of the host. Knows nothing, and says so by zero, where there is no /proc/stat.</summary>
internal sealed class NeighbourWatch
{
    private const string Path = "/proc/stat";
    private const int Idle = 3;
    private const int IoWait = 4;
    private const int FirstGuest = 8;
    private const double TicksPerSecond = 100;
    private const double AllowedShare = 0.05;

    /// <summary>The account is in ticks: this much may be rounding.</summary>
    private const double Rounding = 0.02;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly double _before = SecondsOfOthers();

    /// <summary>Whether others took more than a small share of the processors since this was made.</summary>
    public bool HasNoticed()
    {
        double available = Stopwatch.GetElapsedTime(_start).TotalSeconds * Environment.ProcessorCount;
        return SecondsOfOthers() - _before > (AllowedShare * available) + Rounding;
    }

    private static double SecondsOfOthers()
    {
        if (!File.Exists(Path))
            return 0;
        string[] words = File.ReadLines(Path).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
        double busy = words.Take(FirstGuest).Where((_, place) => place is not (Idle or IoWait))
            .Sum(word => double.Parse(word, CultureInfo.InvariantCulture)) / TicksPerSecond;
        return busy - Environment.CpuUsage.TotalTime.TotalSeconds;
    }
}
