using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>Fills in what the user left out: from the model's notes first, then from the defaults; refuses contradictions.</summary>
internal static class DataResolver
{
    private const ulong TrainingSeed = 1;

    private static readonly (string Option, DataKind[] Kinds, Func<DataRequest, object?> Value)[] Applicability =
    [
        ("--input", [DataKind.MovingMnist, DataKind.Frames, DataKind.Npy], r => r.Input),
        ("--shapes", [DataKind.MovingShapes], r => r.Shapes),
        ("--objects", [DataKind.MovingShapes, DataKind.MovingMnist], r => r.Objects),
        ("--size", [DataKind.MovingShapes, DataKind.MovingMnist], r => r.Size),
        ("--data-seed", [DataKind.MovingShapes, DataKind.MovingMnist], r => r.Seed),
        ("--digits", [DataKind.MovingMnist], r => r.Digits),
        ("--sequences", [DataKind.Npy], r => r.Sequences),
        ("--layout", [DataKind.Npy], r => r.Layout),
        ("--crop", [DataKind.Frames], r => r.Crop),
        ("--downscale", [DataKind.Frames], r => r.Downscale),
        ("--values", [DataKind.Frames], r => r.Values),
        ("--time-stride", [DataKind.Frames], r => r.TimeStride),
        ("--min-rain", [DataKind.Frames], r => r.MinimumRain),
    ];

    /// <param name="request">What the user gave.</param>
    /// <param name="notes">The data that the model was trained on; null where unknown.</param>
    /// <param name="purpose">Keeps the defaults of training and of testing apart.</param>
    public static DataSettings Resolve(DataRequest request, DataSettings? notes, DataPurpose purpose)
    {
        DataKind kind = request.Kind ?? notes?.Kind
            ?? throw new UsageException("--data: expected moving-shapes, moving-mnist, frames or npy, got nothing.");
        foreach ((string option, DataKind[] kinds, Func<DataRequest, object?> value) in Applicability)
        {
            if (value(request) is { } given && !kinds.Contains(kind))
                throw new UsageException($"{option}: expected with --data {Names(kinds)} only, got '{given}' with --data {Words.Of(kind)}.");
        }

        if (kind != DataKind.Frames && notes?.Values is ValueScale.RadarReflectivity)
            throw new UsageException($"--data: expected frames, as the model was trained on radar values, got '{Words.Of(kind)}'.");
        DataSettings? same = notes?.Kind == kind ? notes : null;
        DataSettings settings = new() { Kind = kind, Input = ResolveInput(kind, request.Input) };
        return kind switch
        {
            DataKind.MovingShapes => Generated(settings, request, same, purpose) with
            {
                Shapes = request.Shapes ?? same?.Shapes ?? MovingShapesKind.Mixed,
            },
            DataKind.MovingMnist => Generated(settings, request, same, purpose) with
            {
                Digits = request.Digits ?? (purpose == DataPurpose.Training ? new IndexRange(0, 7999) : new IndexRange(8000, 9999)),
            },
            DataKind.Frames => Frames(settings, request, notes),
            _ => settings with
            {
                Sequences = request.Sequences,
                Layout = request.Layout ?? same?.Layout ?? NpySequenceLayout.StepsFirst,
            },
        };
    }

    private static string Names(DataKind[] kinds) => string.Join(" or ", kinds.Select(Words.Of));

    private static string? ResolveInput(DataKind kind, string? input)
    {
        if (kind == DataKind.MovingShapes)
            return null;
        string expected = kind == DataKind.Frames ? "a folder of pictures" : "a file";
        if (input is null)
            throw new UsageException($"--input: expected {expected} for --data {Words.Of(kind)}, got nothing.");
        bool exists = kind == DataKind.Frames ? Directory.Exists(input) : File.Exists(input);
        return exists ? input : throw new ToolException($"--input: expected {expected}, but '{input}' is not there.");
    }

    private static DataSettings Generated(DataSettings settings, DataRequest request, DataSettings? notes, DataPurpose purpose)
    {
        ulong seed = purpose == DataPurpose.Training ? TrainingSeed : unchecked((notes?.Seed ?? TrainingSeed) + 1);
        return settings with
        {
            Objects = request.Objects ?? notes?.Objects ?? 2,
            Size = request.Size ?? notes?.Size ?? 64,
            Seed = request.Seed ?? seed,
        };
    }

    private static DataSettings Frames(DataSettings settings, DataRequest request, DataSettings? notes)
    {
        // A model trained on generated frames or on a NumPy file has seen values of the unit scale.
        ValueScale? trainedValues = notes is null ? null : notes.Values ?? ValueScale.UnitInterval;
        ValueScale values = Agree("--values", request.Values, trainedValues) ?? ValueScale.UnitInterval;
        return settings with
        {
            Crop = request.Crop ?? notes?.Crop ?? new Extent(64, 64),
            Downscale = Agree("--downscale", request.Downscale, notes?.Downscale) ?? 1,
            Values = values,
            TimeStride = Agree("--time-stride", request.TimeStride, notes?.TimeStride) ?? 1,
            MinimumRain = request.MinimumRain ?? notes?.MinimumRain ?? (values == ValueScale.RadarReflectivity ? 0.05 : 0),
        };
    }

    private static T? Agree<T>(string option, T? given, T? trained)
        where T : struct
    {
        if (given is { } a && trained is { } b && !a.Equals(b))
            throw new UsageException($"{option}: expected {Text(b)}, as the model was trained, got '{Text(a)}'.");

        return given ?? trained;
    }

    private static string Text<T>(T value)
        where T : struct => value is ValueScale scale ? Words.Of(scale) : value.ToString()!;
}
