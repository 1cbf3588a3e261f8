namespace ConvLstmNative;

/// <summary>How a context on a GPU computes.</summary>
public sealed record CudaOptions
{
    /// <summary>What products are computed in.</summary>
    public ComputeMath Math { get; init; } = ComputeMath.Fp32;

    /// <summary>Whether two runs give the same bits, where need be at the price of speed.</summary>
    public bool IsDeterministic { get; init; }

    /// <summary>How exactly layers compute. <see cref="ComputePolicy.Exact"/> goes with <see cref="ComputeMath.Fp32"/> alone.</summary>
    public ComputePolicy Policy { get; init; } = ComputePolicy.Fast;
}
