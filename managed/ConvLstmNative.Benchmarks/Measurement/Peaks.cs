namespace ConvLstmNative.Benchmarks;

/// <summary>The fastest that the machine multiplies and adds with all threads that take part, in GFLOP/s.</summary>
/// <param name="Fma">In 32-bit floats.</param>
/// <param name="Bfloat16Dot">Products of bfloat16, from the native benchmark: .NET has no such instruction. Null: not known.</param>
internal readonly record struct Peaks(double Fma, double? Bfloat16Dot);
