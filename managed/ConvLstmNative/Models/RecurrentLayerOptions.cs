namespace ConvLstmNative;

/// <summary>A recurrent layer of a <see cref="SequenceModel"/>, in its encoder and again in its forecaster.</summary>
public sealed record RecurrentLayerOptions
{
    /// <summary>The cell.</summary>
    public RecurrentCell Cell { get; init; }

    /// <summary>Channels of the hidden state, at least 1.</summary>
    public required int HiddenChannels { get; init; }

    /// <summary>Size of the square kernel of the input convolution, 1 to 63.</summary>
    public int InputKernelSize { get; init; } = 3;

    /// <summary>Size of the square kernel of the recurrent convolution, 1 to 63.</summary>
    public int RecurrentKernelSize { get; init; } = 3;

    /// <summary>Dilation of the recurrent convolution, 1 to 63.</summary>
    public int RecurrentDilation { get; init; } = 1;

    /// <summary>How the gates see the cell state; ConvLSTM only. A model runs on any size, and so has no peepholes per
    /// pixel.</summary>
    public Peephole Peephole { get; init; }

    /// <summary>Whether the gates have biases.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether the recurrent convolution has a bias of its own beside that of <see cref="Bias"/>, which it needs.</summary>
    public bool RecurrentBias { get; init; }

    /// <summary>Added to the pre-activation of the forget gate; not a parameter. Finite. Not looked at where the cell is a ConvGRU,
    /// which has no such gate.</summary>
    public float ForgetBias { get; init; } = 1;

    /// <summary>Whether the reset gate acts after the recurrent convolution; ConvGRU only.</summary>
    public bool ResetAfter { get; init; }

    /// <summary>The function of the gates that let pass.</summary>
    public GateActivation GateActivation { get; init; }

    /// <summary>The function of what is written into the state, and of the cell state where h is made of it.</summary>
    public CellActivation CellActivation { get; init; }

    /// <summary>Bound of the cell state; ConvLSTM only. At least 0 and finite; 0: no bound.</summary>
    public float CellClip { get; init; }

    /// <summary>Normalization of what the gates see: none, or by groups.</summary>
    public Normalization Normalization { get; init; }

    /// <summary>Channels of a group of the normalization, at least 1; must divide the channels that are normalized
    /// together.</summary>
    public int NormalizationGroupChannels { get; init; } = 32;

    /// <summary>Rate of what training drops of the input, 0 to below 1.</summary>
    public float InputDropout { get; init; }

    /// <summary>Rate of what training drops of the hidden state that the recurrent convolution reads, 0 to below 1.</summary>
    public float RecurrentDropout { get; init; }

    /// <summary>How what convolutions read is stored.</summary>
    public Storage Storage { get; init; }

    /// <summary>The layer over this input.</summary>
    internal RecurrentOptions ToLayer(int inputChannels, RecurrentOutput output) => Cell == RecurrentCell.ConvGru
        ? Common(new ConvGruOptions { InputChannels = inputChannels, HiddenChannels = HiddenChannels, ResetAfter = ResetAfter }, output)
        : Common(
            new ConvLstmOptions
            {
                InputChannels = inputChannels,
                HiddenChannels = HiddenChannels,
                Peephole = Peephole,
                ForgetBias = ForgetBias,
                CellClip = CellClip,
            },
            output);

    private RecurrentOptions Common(RecurrentOptions cell, RecurrentOutput output) => cell with
    {
        InputKernelSize = InputKernelSize,
        RecurrentKernelSize = RecurrentKernelSize,
        RecurrentDilation = RecurrentDilation,
        Bias = Bias,
        RecurrentBias = RecurrentBias,
        GateActivation = GateActivation,
        CellActivation = CellActivation,
        Normalization = Normalization,
        NormalizationGroupChannels = NormalizationGroupChannels,
        InputDropout = InputDropout,
        RecurrentDropout = RecurrentDropout,
        Storage = Storage,
        Output = output,
    };
}
