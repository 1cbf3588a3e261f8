using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The data options as the user gave them: null where not given.</summary>
internal sealed record DataRequest
{
    public DataKind? Kind { get; init; }

    public string? Input { get; init; }

    public MovingShapesKind? Shapes { get; init; }

    public int? Objects { get; init; }

    public int? Size { get; init; }

    public ulong? Seed { get; init; }

    public IndexRange? Digits { get; init; }

    public IndexRange? Sequences { get; init; }

    public NpySequenceLayout? Layout { get; init; }

    public Extent? Crop { get; init; }

    public int? Downscale { get; init; }

    public ValueScale? Values { get; init; }

    public int? TimeStride { get; init; }

    public double? MinimumRain { get; init; }

    /// <summary>What was given, and where nothing was, what was settled before.</summary>
    public DataRequest Over(DataSettings settled) => new()
    {
        Kind = Kind ?? settled.Kind,
        Input = Input ?? settled.Input,
        Shapes = Shapes ?? settled.Shapes,
        Objects = Objects ?? settled.Objects,
        Size = Size ?? settled.Size,
        Seed = Seed ?? settled.Seed,
        Digits = Digits ?? settled.Digits,
        Sequences = Sequences ?? settled.Sequences,
        Layout = Layout ?? settled.Layout,
        Crop = Crop ?? settled.Crop,
        Downscale = Downscale ?? settled.Downscale,
        Values = Values ?? settled.Values,
        TimeStride = TimeStride ?? settled.TimeStride,
        MinimumRain = MinimumRain ?? settled.MinimumRain,
    };
}
