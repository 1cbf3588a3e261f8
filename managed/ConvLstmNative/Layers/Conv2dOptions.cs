namespace ConvLstmNative;

/// <summary>Description of a convolution layer: stride 1 and zero padding that keeps H and W.</summary>
public sealed record Conv2dOptions
{
    /// <summary>Channels of the input, at least 1.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Channels of the output, at least 1.</summary>
    public required int OutputChannels { get; init; }

    /// <summary>Kernel, 1 to 63 each way.</summary>
    public Sizes KernelSize { get; init; } = 1;

    /// <summary>Whether each output channel has a bias.</summary>
    public bool Bias { get; init; } = true;
}
