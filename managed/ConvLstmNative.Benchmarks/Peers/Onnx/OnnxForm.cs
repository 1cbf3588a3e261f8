namespace ConvLstmNative.Benchmarks;

/// <summary>One way to write a ConvLSTM in ONNX.</summary>
/// <param name="IsScan">A Scan over the steps; else every step's nodes one after the other.</param>
/// <param name="IsSplit">Whether x and h have a convolution each; else one over both concatenated.</param>
internal sealed record OnnxForm(bool IsScan, bool IsSplit)
{
    public override string ToString() => IsSplit ? "split" : "concat";
}
