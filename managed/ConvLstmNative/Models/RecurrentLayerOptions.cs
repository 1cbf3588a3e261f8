namespace ConvLstmNative;

/// <summary>A ConvLSTM layer of a <see cref="SequenceModel"/>, in its encoder and again in its forecaster.</summary>
public sealed record RecurrentLayerOptions
{
    /// <summary>Channels of the hidden state, at least 1.</summary>
    public required int HiddenChannels { get; init; }

    /// <summary>Size of the square kernel of the input convolution, 1 to 63.</summary>
    public int InputKernelSize { get; init; } = 3;

    /// <summary>Size of the square kernel of the recurrent convolution, 1 to 63.</summary>
    public int RecurrentKernelSize { get; init; } = 3;

    /// <summary>How the gates see the cell state.</summary>
    public Peephole Peephole { get; init; }

    /// <summary>Whether the gates have biases.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Added to the pre-activation of the forget gate; not a parameter. Finite.</summary>
    public float ForgetBias { get; init; } = 1;
}
