namespace ConvLstmNative.Benchmarks;

/// <summary>This library on one shape, with one type of number and policy, beside the peers that use the same type.</summary>
internal sealed record ResultRow
{
    public required string Id { get; init; }

    public required string Dtype { get; init; }

    public required string Policy { get; init; }

    public required string Executor { get; init; }

    /// <summary>Median, for the whole sequence.</summary>
    public required double OursMs { get; init; }

    public required IReadOnlyDictionary<string, double> Peers { get; init; }

    /// <summary>The form in which each peer was fastest.</summary>
    public required IReadOnlyDictionary<string, string> PeerForms { get; init; }

    public required string? BestPeer { get; init; }

    /// <summary>Over the best peer with the same type: median of the ratios round by round.</summary>
    public required double? Speedup { get; init; }

    /// <summary>Half of the ratios lie in an interval so wide, as a share of the median.</summary>
    public required double? SpeedupSpread { get; init; }

    /// <summary>Over the best peer in 32-bit floats, whatever the type of this row.</summary>
    public required double? SpeedupOverFp32 { get; init; }

    /// <summary>Over the best peer in bfloat16, whatever the type of this row.</summary>
    public required double? SpeedupOverBf16 { get; init; }

    /// <summary>Over the best peer of any type.</summary>
    public double? SpeedupOverAny =>
        SpeedupOverFp32 is { } wide && SpeedupOverBf16 is { } narrow ? Math.Min(wide, narrow) : SpeedupOverFp32 ?? SpeedupOverBf16;

    /// <summary>Operations of a direct convolution over the time: above the peak where the algorithm needs fewer.</summary>
    public required double Gflops { get; init; }

    /// <summary>The most multiply-adds in 32-bit floats that this machine has shown in this run.</summary>
    public required double FmaPeakGflops { get; init; }

    public double FmaShare => Gflops / FmaPeakGflops;

    /// <summary>The most dot products of bfloat16, as the native benchmark measured them; null where it was not run, or where the
    /// processor has no such instruction.</summary>
    public required double? Bf16PeakGflops { get; init; }

    /// <summary>Of the peak for the numbers of this row.</summary>
    public double PeakShare => Gflops / (Dtype == "bf16" ? Bf16PeakGflops ?? FmaPeakGflops : FmaPeakGflops);

    /// <summary>Largest error of an output or gradient relative to the largest element.</summary>
    public required double MaxError { get; init; }

    /// <summary>Whether the error is that against libtorch in 64-bit floats; else against this library in 32-bit floats.</summary>
    public required bool IsErrorAgainstFp64 { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Rounds in which nothing disturbed this library or the best peer.</summary>
    public required int GoodPairs { get; init; }

    /// <summary>Too few good pairs, in which case all were taken, or ratios that lie too far apart.</summary>
    public required bool IsNoisy { get; init; }

    /// <summary>When it was measured: rows of earlier runs stay in the files until they are measured again.</summary>
    public required string Date { get; init; }
}
