namespace ConvLstmNative.Data;

/// <summary>Where <see cref="FrameSequences"/> takes its crops.</summary>
public enum CropPlacement
{
    /// <summary>Side by side from the top left; each window and tile is one index, in the order of time, then rows, then columns.</summary>
    Tiled,

    /// <summary>Time and place are drawn at random from (seed, index).</summary>
    Random,
}
