namespace ConvLstmNative.Benchmarks;

/// <summary>The types as the reports write them.</summary>
internal static class NumberTypeNames
{
    public static string Short(this NumberType type) => type switch
    {
        NumberType.Bfloat16 => "bf16",
        NumberType.Float64 => "fp64",
        _ => "fp32",
    };
}
