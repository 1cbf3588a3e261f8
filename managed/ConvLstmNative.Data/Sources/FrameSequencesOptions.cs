namespace ConvLstmNative.Data;

/// <summary>How <see cref="FrameSequences"/> cuts sequences out of a series.</summary>
public sealed record FrameSequencesOptions
{
    /// <summary>Frames of a sequence.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Takes every n-th frame only.</summary>
    public int FrameInterval { get; init; } = 1;

    /// <summary>Frames between the starts of consecutive windows; random placement does not use it.</summary>
    public int WindowInterval { get; init; } = 1;

    /// <summary>Rows of a crop; null takes the whole frame.</summary>
    public int? CropHeight { get; init; }

    /// <summary>Columns of a crop; null takes the whole frame.</summary>
    public int? CropWidth { get; init; }

    /// <summary>Tiled, for testing, or random, for training.</summary>
    public CropPlacement Placement { get; init; }

    /// <summary>Another seed gives other random crops.</summary>
    public ulong Seed { get; init; }

    /// <summary>Keep only sequences where at least this share of the values is above <see cref="ContentThreshold"/>; 0 keeps all.</summary>
    public double MinimumContent { get; init; }

    /// <summary>A value above this is content (rain, say), in unit values.</summary>
    public float ContentThreshold { get; init; }
}
