namespace ConvLstmNative.Benchmarks;

/// <summary>Which algorithms this library may use.</summary>
internal enum Policy
{
    /// <summary>The fastest: what a user gets.</summary>
    Fast,

    /// <summary>Convolutions multiply and add directly, nothing else.</summary>
    Exact,
}
