namespace ConvLstmNative;

/// <summary>
/// Description of a recurrent layer, or of a stack of them. The input convolution lies over an input of sizes H, W (rank 3: D,
/// H, W; rank 1: W) and gives the grid of all states and outputs. The convolutions over the state have stride 1 and zero
/// padding that keeps its sizes.
/// </summary>
public abstract record RecurrentOptions
{
    private protected RecurrentOptions()
    {
    }

    /// <summary>Channels of the input, C. With 0 the layer has no input and no input convolution.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Channels of each part of the state, F; at least 1.</summary>
    public required int HiddenChannels { get; init; }

    /// <summary>Spatial dimensions: 1, 2 or 3.</summary>
    public int Rank { get; init; } = 2;

    /// <summary>Kernel of the input convolution, 1 to 63 each way.</summary>
    public Sizes InputKernelSize { get; init; } = 3;

    /// <summary>Stride of the input convolution, 1 to 63 each way. Stride and dilation cannot both be above 1.</summary>
    public Sizes InputStride { get; init; } = 1;

    /// <summary>Dilation of the input convolution, 1 to 63 each way.</summary>
    public Sizes InputDilation { get; init; } = 1;

    /// <summary>Zero padding of the input convolution.</summary>
    public ConvolutionPadding Padding { get; init; }

    /// <summary>Zeros before the input where <see cref="Padding"/> is explicit, 0 to 4096 each way; else 0.</summary>
    public Sizes PaddingBefore { get; init; }

    /// <summary>Zeros after the input where <see cref="Padding"/> is explicit, 0 to 4096 each way; else 0.</summary>
    public Sizes PaddingAfter { get; init; }

    /// <summary>Kernel of the convolutions over the state, 1 to 63 each way.</summary>
    public Sizes RecurrentKernelSize { get; init; } = 3;

    /// <summary>Dilation of the convolutions over the state, 1 to 63 each way.</summary>
    public Sizes RecurrentDilation { get; init; } = 1;

    /// <summary>Whether each gate and hidden channel has a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether the recurrent convolution has a bias of its own, the parameter <c>recurrent_bias</c>, beside that of
    /// <see cref="Bias"/>, which it needs. The sum of the two acts, and both receive the same gradient, but for a ConvGRU whose
    /// reset gate acts after the convolution.</summary>
    public bool RecurrentBias { get; init; }

    /// <summary>The function of the gates that let pass: all but g, g' and n.</summary>
    public GateActivation GateActivation { get; init; }

    /// <summary>The function of g, g' and n, and on the way from the cell state to h.</summary>
    public CellActivation CellActivation { get; init; }

    /// <summary>Normalization of what the gates see.</summary>
    public Normalization Normalization { get; init; }

    /// <summary>Channels of a group of <see cref="Normalization.Group"/>, at least 1; must divide the channels that are normalized
    /// together.</summary>
    public int NormalizationGroupChannels { get; init; } = 32;

    /// <summary>Added to the variance of a normalization: above 0 and finite.</summary>
    public float NormalizationEpsilon { get; init; } = 1e-5f;

    /// <summary>Whether runs can have a mask, and what the output of a masked step is.</summary>
    public SequenceMask Mask { get; init; }

    /// <summary>Which way through time.</summary>
    public RecurrentDirection Direction { get; init; }

    /// <summary>How the outputs of the two directions become one; looked at where the layer is bidirectional.</summary>
    public DirectionMerge Merge { get; init; }

    /// <summary>Layers stacked on each other, 1 to 64, each reading the outputs of the one below. Those above the first have the
    /// same kernel sizes, stride and dilation 1, and padding that keeps the sizes.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>How what convolutions read is stored.</summary>
    public Storage Storage { get; init; }

    /// <summary>Rate, 0 to below 1, of what a training forward drops of the input of each layer, with one mask a gate, constant
    /// over time; what is kept is multiplied with 1 / (1 − rate). Inference drops nothing.</summary>
    public float InputDropout { get; init; }

    /// <summary>The same of what the recurrent convolution reads.</summary>
    public float RecurrentDropout { get; init; }

    /// <summary>Order of the dimensions of input and output.</summary>
    public SequenceLayout Layout { get; init; }

    /// <summary>Which outputs are given.</summary>
    public RecurrentOutput Output { get; init; }

    /// <summary>The sizes of the states where the layer has parameters per pixel, of peepholes or of a layer normalization; else
    /// 0.</summary>
    public Sizes FixedSize { get; init; }

    /// <summary>Channels of the output: F, or 2F where two directions are concatenated.</summary>
    internal int OutputChannels => Direction == RecurrentDirection.Bidirectional && Merge == DirectionMerge.Concat
        ? checked(2 * HiddenChannels)
        : HiddenChannels;
}
