namespace ConvLstmNative.Data;

/// <summary>What <see cref="FrameFolder"/> makes of the images that it reads.</summary>
public sealed record FrameFolderOptions
{
    /// <summary>The part to keep; null keeps all.</summary>
    public FrameRectangle? Crop { get; init; }

    /// <summary>Each output pixel is the mean of this many by this many input pixels; rows and columns left over are dropped.</summary>
    public int Downscale { get; init; } = 1;

    /// <summary>How samples become values in [0, 1], before the mean is taken.</summary>
    public ValueScale Scale { get; init; }

    /// <summary>Reads at most this many frames, from the first on; null reads all.</summary>
    public int? MaximumFrames { get; init; }
}
