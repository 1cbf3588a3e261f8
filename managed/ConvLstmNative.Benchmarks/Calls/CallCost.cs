namespace ConvLstmNative.Benchmarks;

/// <summary>What one call costs in .NET.</summary>
/// <param name="Id">Which call.</param>
/// <param name="ManagedNs">Nanoseconds of the public method, on the smallest layer there is.</param>
/// <param name="NativeNs">Of the C function behind it, called bare; 0 where there is nothing behind it.</param>
/// <param name="CostNs">Median of the differences in pairs of samples: checks, pinning, handles and the transition.</param>
/// <param name="SpreadNs">Half of the differences lie in an interval so wide.</param>
/// <param name="AllocatedBytes">A call, on the managed heap.</param>
/// <param name="Rounds">Pairs of samples.</param>
internal sealed record CallCost(string Id, double ManagedNs, double NativeNs, double CostNs, double SpreadNs, double AllocatedBytes, int Rounds)
{
    private const double WidestSpreadNs = 5;

    /// <summary>Whether the differences lie too far apart to say much.</summary>
    public bool IsNoisy => SpreadNs > WidestSpreadNs;
}
