namespace ConvLstmNative.Benchmarks;

/// <summary>How a contender stores numbers.</summary>
internal enum NumberType
{
    Float32,
    Bfloat16,

    /// <summary>Of the reference that the others are compared with.</summary>
    Float64,
}
