namespace ConvLstmNative.Parity.Tests;

/// <summary>One configuration: a layer with every knob, and a run of it. Numbers of knobs are those of the C header.</summary>
internal sealed record LayerCase
{
    public Cell Cell { get; init; }
    public int Rank { get; init; } = 2;
    public bool TimeFirst { get; init; }
    public bool ChannelsLast { get; init; }
    public bool LastOutputOnly { get; init; }
    public PeepholeKind Peephole { get; init; }
    public int BiasCount { get; init; } = 1;
    public float ForgetBias { get; init; }
    public float CellClip { get; init; }
    public GateFunction Gate { get; init; }
    public CellFunction CellFunction { get; init; }
    public NormalizationKind Normalization { get; init; }
    public int GroupChannels { get; init; } = 1;
    public float NormEpsilon { get; init; } = 1e-5f;
    public MaskKind Mask { get; init; }
    public DirectionKind Direction { get; init; }
    public MergeKind Merge { get; init; }
    public int Layers { get; init; } = 1;
    public float InputDropout { get; init; }
    public float RecurrentDropout { get; init; }
    public PaddingKind Padding { get; init; }
    public int InputChannels { get; init; } = 2;
    public int HiddenChannels { get; init; } = 2;

    /// <summary>Extents by dimension, as many as the rank, in the order D, H, W.</summary>
    public Extents InputKernel { get; init; } = new(3, 3);
    public Extents Stride { get; init; } = new(1, 1);
    public Extents Dilation { get; init; } = new(1, 1);
    public Extents PaddingBefore { get; init; } = new(0, 0);
    public Extents PaddingAfter { get; init; } = new(0, 0);
    public Extents RecurrentKernel { get; init; } = new(3, 3);
    public Extents RecurrentDilation { get; init; } = new(1, 1);

    public int Batch { get; init; } = 1;
    public Extents Size { get; init; } = new(3, 3);
    public int Steps { get; init; } = 3;

    /// <summary>The first steps in time, which have an input.</summary>
    public int InputSteps { get; init; } = 3;

    /// <summary>Steps of each sequence that count, by sequence and step; null: all.</summary>
    public Active? Active { get; init; }
    public ulong DropoutSeed { get; init; }
    public bool IsTraining { get; init; } = true;
    public bool HasState { get; init; }
    public int CheckpointEvery { get; init; }
    public int TruncateEvery { get; init; }

    public int Directions => Direction == DirectionKind.Bidirectional ? 2 : 1;

    /// <summary>Channels of the outputs.</summary>
    public int OutputChannels => Directions == 2 && Merge == MergeKind.Concat ? 2 * HiddenChannels : HiddenChannels;

    /// <summary>Whether any step has an input.</summary>
    public bool HasInput => InputChannels > 0 && InputSteps > 0;

    /// <summary>Extents of the states and outputs.</summary>
    public Extents Grid => InputChannels > 0 ? InputConvolution.Output(Size) : Size;

    /// <summary>The convolution over the input of the first layer.</summary>
    public Convolution InputConvolution => Convolution.Of(Padding, Size, InputKernel, Stride, Dilation, PaddingBefore, PaddingAfter);
}
