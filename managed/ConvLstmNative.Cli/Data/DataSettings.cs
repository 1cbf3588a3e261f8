using System.Text.Json.Serialization;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>
/// Everything that decides which frames a command reads. It is stored with a model so that prediction and evaluation
/// read their data as training did. Null where it does not apply to the kind of data.
/// </summary>
internal sealed record DataSettings
{
    public required DataKind Kind { get; init; }

    /// <summary>A folder or file; never stored in a finished model, only in a checkpoint.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Input { get; init; }

    /// <summary>What moves in drawn sequences.</summary>
    public MovingShapesKind? Shapes { get; init; }

    /// <summary>How many shapes or digits move at once.</summary>
    public int? Objects { get; init; }

    /// <summary>Side of generated frames in pixels.</summary>
    public int? Size { get; init; }

    /// <summary>Seed of generated sequences.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Digits of the MNIST file that may appear.</summary>
    public IndexRange? Digits { get; init; }

    /// <summary>Sequences of the NumPy file that are used; all where null.</summary>
    public IndexRange? Sequences { get; init; }

    /// <summary>Which dimension of the NumPy file comes first.</summary>
    public NpySequenceLayout? Layout { get; init; }

    /// <summary>Size of the crops cut out of each frame after downscaling.</summary>
    public Extent? Crop { get; init; }

    /// <summary>Factor by which pictures are made smaller.</summary>
    public int? Downscale { get; init; }

    /// <summary>How pixels become numbers.</summary>
    public ValueScale? Values { get; init; }

    /// <summary>Pictures from one frame of a sequence to the next.</summary>
    public int? TimeStride { get; init; }

    /// <summary>Share of pixels that must be above the threshold for a crop to be read.</summary>
    public double? MinimumRain { get; init; }
}
