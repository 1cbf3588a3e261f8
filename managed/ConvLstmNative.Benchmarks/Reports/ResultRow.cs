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

    /// <summary>Over the best peer: median of the ratios round by round.</summary>
    public required double? Speedup { get; init; }

    /// <summary>Over TorchSharp with bfloat16, whatever the type of this row.</summary>
    public required double? SpeedupOverBf16 { get; init; }

    /// <summary>Operations of a direct convolution over the time: above the peak where the algorithm needs fewer.</summary>
    public required double Gflops { get; init; }

    /// <summary>The most multiply-adds in 32-bit floats that this machine has shown in this run.</summary>
    public required double FmaPeakGflops { get; init; }

    public required double FmaShare { get; init; }

    /// <summary>Largest error of an output or gradient relative to the largest element, against 64-bit floats.</summary>
    public required double MaxError { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Samples of this library that nothing disturbed.</summary>
    public required int GoodSamples { get; init; }

    /// <summary>Too few good samples: all were taken.</summary>
    public required bool IsNoisy { get; init; }
}
