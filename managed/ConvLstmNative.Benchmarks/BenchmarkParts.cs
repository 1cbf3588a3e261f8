namespace ConvLstmNative.Benchmarks;

/// <summary>What a run measures.</summary>
[Flags]
internal enum BenchmarkParts
{
    /// <summary>Sequences and streams.</summary>
    Inference = 1,

    /// <summary>Training steps.</summary>
    Training = 2,

    /// <summary>What .NET adds to a call.</summary>
    Calls = 4,

    All = Inference | Training | Calls,
}
