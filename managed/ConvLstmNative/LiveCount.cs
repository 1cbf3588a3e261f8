namespace ConvLstmNative;

/// <summary>What is alive of a kind of native object.</summary>
/// <param name="Objects">Handles.</param>
/// <param name="Bytes">Device memory that they hold.</param>
public readonly record struct LiveCount(long Objects, long Bytes);
