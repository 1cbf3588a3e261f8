namespace ConvLstmNative.Benchmarks;

/// <summary>One layer and one sequence to run it on. The identifiers are those of the published tables.</summary>
public sealed record BenchmarkShape(string Id, int Size, int InputChannels, int HiddenChannels, int KernelSize, int Steps, int Batch)
{
    /// <summary>The shapes that every benchmark of this project measures.</summary>
    public static IReadOnlyList<BenchmarkShape> All { get; } =
    [
        new("seed", 5, 3, 10, 3, 10, 1),
        new("mm3", 64, 1, 64, 3, 10, 1),
        new("mm5", 64, 1, 64, 5, 10, 1),
        new("wide", 64, 1, 128, 3, 10, 1),
        new("radar", 256, 1, 64, 3, 2, 1),
        new("small", 32, 1, 32, 3, 10, 8),
        new("step", 64, 64, 64, 3, 1, 1),
    ];

    /// <summary>Shape of the input.</summary>
    public SequenceShape Input => new(Batch, Steps, InputChannels, Size, Size);

    /// <summary>Shape of the output.</summary>
    public SequenceShape Output => new(Batch, Steps, HiddenChannels, Size, Size);

    /// <summary>Description of the layer.</summary>
    public ConvLstmOptions Layer => new()
    {
        InputChannels = InputChannels,
        HiddenChannels = HiddenChannels,
        InputKernelSize = KernelSize,
        RecurrentKernelSize = KernelSize,
    };

    /// <inheritdoc/>
    public override string ToString() => Id;
}
