namespace ConvLstmNative.Data;

/// <summary>Which way the first two dimensions of a file of sequences stand.</summary>
public enum NpySequenceLayout
{
    /// <summary>(T, N, H, W): the canonical Moving MNIST test file is (20, 10000, 64, 64).</summary>
    StepsFirst,

    /// <summary>(N, T, H, W).</summary>
    SequencesFirst,
}
