namespace ConvLstmNative;

/// <summary>Description of a ConvLSTM layer. Convolutions have stride 1 and zero padding that keeps H and W.</summary>
public sealed record ConvLstmOptions
{
    /// <summary>Channels of the input, C. With 0 the layer has no input and no input convolution.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Channels of the hidden and of the cell state, F; at least 1.</summary>
    public required int HiddenChannels { get; init; }

    /// <summary>Kernel of the input convolution.</summary>
    public KernelSize InputKernelSize { get; init; } = 3;

    /// <summary>Kernel of the recurrent convolution.</summary>
    public KernelSize RecurrentKernelSize { get; init; } = 3;

    /// <summary>How the gates see the cell state.</summary>
    public Peephole Peephole { get; init; }

    /// <summary>Whether each gate and hidden channel has a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether the recurrent convolution has a bias of its own, the parameter <c>recurrent_bias</c>, beside that of
    /// <see cref="Bias"/>, which it needs. The sum of the two acts, and both receive the same gradient.</summary>
    public bool RecurrentBias { get; init; }

    /// <summary>Added to the pre-activation of the forget gate; not a parameter. Finite.</summary>
    public float ForgetBias { get; init; }

    /// <summary>The function of the gates i, f and o.</summary>
    public GateActivation GateActivation { get; init; }

    /// <summary>The function of g, and of the new cell state in h = o · act(c).</summary>
    public CellActivation CellActivation { get; init; }

    /// <summary>Bound of the cell state: after its update, before o and h look at it, c is cut off at ±this value, and the
    /// gradient passes inside the bound only. At least 0 and finite; 0: no bound.</summary>
    public float CellClip { get; init; }

    /// <summary>Order of the dimensions of input and output.</summary>
    public SequenceLayout Layout { get; init; }

    /// <summary>Which outputs are given.</summary>
    public RecurrentOutput Output { get; init; }
}
