namespace ConvLstmNative;

/// <summary>What a way of computing a layer costs.</summary>
/// <param name="Name">Of an executor, such as "direct_fused", or of a tiling, such as "F(2x2, 3x3)".</param>
/// <param name="MultiplyAdds">Those that it would compute.</param>
public sealed record PlanEstimate(string Name, double MultiplyAdds);
