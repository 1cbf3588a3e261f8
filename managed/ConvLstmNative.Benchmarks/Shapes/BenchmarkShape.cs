namespace ConvLstmNative.Benchmarks;

/// <summary>A layer, or a stack of them, and one sequence to run it on. The identifiers are those of the published tables.</summary>
/// <param name="Id">Name of the shape.</param>
/// <param name="Size">Height and width.</param>
/// <param name="InputChannels">Channels of the input, C.</param>
/// <param name="HiddenChannels">Channels of the state, F.</param>
/// <param name="KernelSize">Of both convolutions.</param>
/// <param name="Steps">T.</param>
/// <param name="Batch">N.</param>
/// <param name="Layers">Layers stacked on each other.</param>
/// <param name="IsStreaming">Whether each run goes on from the state that the last one left.</param>
public sealed record BenchmarkShape(
    string Id,
    int Size,
    int InputChannels,
    int HiddenChannels,
    int KernelSize,
    int Steps,
    int Batch,
    int Layers = 1,
    bool IsStreaming = false)
{
    /// <summary>The one table that every benchmark and every peer takes its shapes from.</summary>
    public static IReadOnlyList<BenchmarkShape> All { get; } =
    [
        new("seed", 5, 3, 10, 3, 10, 1),
        new("mm3", 64, 1, 64, 3, 10, 1),
        new("mm5", 64, 1, 64, 5, 10, 1),
        new("wide", 64, 1, 128, 3, 10, 1),
        new("stl", 16, 16, 128, 5, 19, 1, Layers: 4),
        new("radar", 256, 1, 64, 3, 2, 1),
        new("small", 32, 1, 32, 3, 10, 8),
        new("step", 64, 64, 64, 3, 1, 1),
    ];

    /// <summary>Whether the shape is measured in training.</summary>
    public bool IsTrained => Id is "mm3" or "mm5" or "stl" or "radar" or "small";

    /// <summary>Whether the shape is also measured frame by frame.</summary>
    public bool IsStreamed => Id is "seed" or "mm3" or "stl" or "small";

    /// <summary>Whether the quick benchmark does so too.</summary>
    public bool IsStreamedQuickly => Id is "seed" or "mm3";

    /// <summary>The same layer fed a frame at a time.</summary>
    public BenchmarkShape Stream => this with { Id = Id + "-stream", Steps = 1, IsStreaming = true };

    /// <summary>Shape of the input.</summary>
    public SequenceShape Input => new(Batch, Steps, InputChannels, Size, Size);

    /// <summary>Shape of the output.</summary>
    public SequenceShape Output => new(Batch, Steps, HiddenChannels, Size, Size);

    /// <summary>Elements of a part of the state of a layer.</summary>
    public int StateElements => Batch * HiddenChannels * Size * Size;

    /// <summary>Description of the layer.</summary>
    public ConvLstmOptions Layer => new()
    {
        InputChannels = InputChannels,
        HiddenChannels = HiddenChannels,
        InputKernelSize = KernelSize,
        RecurrentKernelSize = KernelSize,
        Layers = Layers,
    };

    /// <summary>Channels that a layer of the stack reads.</summary>
    public int InputsOf(int layer) => layer == 0 ? InputChannels : HiddenChannels;

    /// <summary>Floating-point operations of the convolutions done directly. A training step multiplies three times as much, but
    /// for the gradients by the first input and by the initial state, which nobody asks for.</summary>
    public double Operations(bool isTraining)
    {
        double total = 0;
        for (int layer = 0; layer < Layers; layer++)
        {
            double one = 2.0 * 4 * KernelSize * KernelSize * StateElements * Steps;
            double hidden = one * HiddenChannels;
            double input = one * InputsOf(layer);
            total += isTraining ? (3 * hidden) - (hidden / Steps) + ((layer > 0 ? 3 : 2) * input) : hidden + input;
        }

        return total;
    }

    /// <inheritdoc/>
    public override string ToString() => Id;
}
