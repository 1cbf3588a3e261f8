namespace ConvLstmNative.Benchmarks;

/// <summary>One way to write a ConvLSTM for libtorch.</summary>
/// <param name="IsChannelsLast">Layout of the memory of every tensor.</param>
/// <param name="IsSplit">Whether x and h have a convolution each, that of x over all steps at once; else one convolution over both
/// concatenated.</param>
internal sealed record TorchForm(bool IsChannelsLast, bool IsSplit)
{
    public static IReadOnlyList<TorchForm> All { get; } = [new(false, false), new(false, true), new(true, false), new(true, true)];

    public override string ToString() => $"{(IsChannelsLast ? "channels-last" : "channels-first")}, {(IsSplit ? "split" : "concat")}";
}
