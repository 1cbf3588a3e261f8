using System.Diagnostics;

namespace ConvLstmNative.Benchmarks;

/// <summary>Times contenders in turns: A B C, A B C, and so on, with a probe of the machine before and after each.</summary>
internal sealed class SideBySide(FmaProbe probe, Effort effort)
{
    private const int ProbeAttempts = 8;

    /// <summary>Threads of a pool go on spinning for a while after a run; the next contender must not suffer for it.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    /// <summary>Samples of all contenders so far.</summary>
    public int Samples { get; private set; }

    /// <summary>Those of them that were disturbed.</summary>
    public int Dropped { get; private set; }

    public Rounds Measure(IReadOnlyList<Contender> contenders)
    {
        int[] repeats = [.. contenders.Select(WarmUp)];
        Rounds rounds = new();
        long start = Stopwatch.GetTimestamp();
        while (rounds.Count < effort.MinRounds
            || (rounds.Count < effort.MaxRounds && Stopwatch.GetElapsedTime(start) < effort.Budget))
        {
            Sample[] round = new Sample[contenders.Count];
            for (int index = 0; index < round.Length; index++)
                round[index] = Take(contenders[index], repeats[index]);
            rounds.Add(round);
            Samples += round.Length;
            Dropped += round.Count(sample => !sample.IsGood);
        }

        return rounds;
    }

    /// <summary>The fastest of a few runs, in milliseconds: enough to choose among the forms of a peer.</summary>
    /// <param name="contender">Has run before.</param>
    /// <param name="best">Of the other forms so far: who is far behind at once does not run again.</param>
    public static double Glance(Contender contender, double best)
    {
        double fastest = Time(contender, 1);
        for (int run = 1; run < 3 && fastest < 1.5 * best; run++)
            fastest = Math.Min(fastest, Time(contender, 1));
        return fastest;
    }

    private static double Time(Contender contender, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < repeats; run++)
            contender.Run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeats;
    }

    /// <summary>Returns how many runs make a sample.</summary>
    private int WarmUp(Contender contender)
    {
        double best = double.MaxValue;
        long start = Stopwatch.GetTimestamp();
        do
            best = Math.Min(best, Time(contender, 1));
        while (Stopwatch.GetElapsedTime(start) < effort.WarmUp);
        return Math.Max(1, (int)Math.Ceiling(effort.SampleTime.TotalMilliseconds / best));
    }

    private Sample Take(Contender contender, int repeats)
    {
        bool isGood = false;
        for (int attempt = 0; attempt < ProbeAttempts && !isGood; attempt++)
        {
            Thread.Sleep(Rest);
            isGood = probe.IsFullSpeed();
        }

        if (repeats > 1)
            contender.Run(); // wakes the threads
        NeighbourWatch watch = new();
        double milliseconds = Time(contender, repeats);
        isGood &= !watch.HasNoticed();
        Thread.Sleep(Rest);
        return new Sample(milliseconds, probe.IsFullSpeed() && isGood);
    }
}
