using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>Opens the data that settings describe.</summary>
internal static class DataSource
{
    /// <summary>Reflectivity above which a pixel counts as rain when crops are chosen, in dBZ.</summary>
    private const float RainReflectivity = 10;

    /// <summary>Value above which a pixel of another picture counts as content.</summary>
    private const float ContentValue = 0.05f;

    /// <summary>An endless source in random order.</summary>
    public static IFrameSequenceSource OpenForTraining(DataSettings data, int steps, int patch, ulong seed)
    {
        IFrameSequenceSource source = Open(data, steps, patch, CropPlacement.Random, seed, latest: false);
        return source.Count == long.MaxValue ? source : new ShuffledSequences(source, seed);
    }

    /// <summary>A source whose indices always mean the same sequences.</summary>
    /// <param name="data">What to open.</param>
    /// <param name="steps">Frames of a sequence.</param>
    /// <param name="patch">The patch of the model.</param>
    /// <param name="latest">Whether sequences end with the last frame of the input.</param>
    public static IFrameSequenceSource OpenForTesting(DataSettings data, int steps, int patch, bool latest = false) =>
        Open(data, steps, patch, CropPlacement.Tiled, seed: 0, latest);

    /// <summary>Frames that the input has along time; null where sequences are generated as long as needed.</summary>
    public static int? CountFrames(DataSettings data)
    {
        switch (data.Kind)
        {
            case DataKind.Frames:
                return (FrameFolder.List(data.Input!).Count - 1) / data.TimeStride!.Value + 1;
            case DataKind.Npy:
                using (NpySequences file = new(data.Input!, data.Layout!.Value))
                    return file.Steps;
            default:
                return null;
        }
    }

    private static IFrameSequenceSource Open(
        DataSettings data, int steps, int patch, CropPlacement placement, ulong seed, bool latest)
    {
        switch (data.Kind)
        {
            case DataKind.MovingShapes:
                CheckSize("--size", data.Size!.Value, data.Size.Value, patch);
                return new MovingShapes(data.Seed!.Value, steps, data.Size.Value, data.Shapes!.Value, data.Objects!.Value);
            case DataKind.MovingMnist:
                CheckSize("--size", data.Size!.Value, data.Size.Value, patch);
                return OpenDigits(data, steps);
            case DataKind.Frames:
                return OpenFrames(data, steps, patch, placement, seed, latest);
            default:
                NpySequences file = new(data.Input!, data.Layout!.Value);
                CheckSize("--input", file.Shape.Height, file.Shape.Width, patch);
                return new SequenceRange(file, data.Sequences, steps, latest);
        }
    }

    private static MovingMnist OpenDigits(DataSettings data, int steps)
    {
        IdxImages digits = IdxImages.Read(data.Input!);
        IndexRange range = data.Digits!.Value;
        if (range.Last >= digits.Count)
            throw UsageException.Expected("--digits", $"a range up to {digits.Count - 1}, as many as {data.Input} has", range);
        int smallest = Math.Max(digits.Height, digits.Width);
        if (data.Size < smallest)
            throw UsageException.Expected("--size", $"at least {smallest}, the size of a digit", data.Size);
        return new MovingMnist(
            digits, range.First, range.Count, data.Seed!.Value, steps, data.Size!.Value, data.Objects!.Value);
    }

    private static FrameSequences OpenFrames(
        DataSettings data, int steps, int patch, CropPlacement placement, ulong seed, bool latest)
    {
        int stride = data.TimeStride!.Value;
        FrameSeries series = FrameFolder.Load(data.Input!, new FrameFolderOptions
        {
            Downscale = data.Downscale!.Value,
            Scale = data.Values!.Value,
        });
        long span = (long)(steps - 1) * stride + 1;
        if (series.Count < span)
        {
            throw new ToolException(
                $"--input: expected at least {span} pictures for sequences of {steps} frames, but '{data.Input}' has {series.Count}.");
        }

        if (latest)
            series = series.Slice(series.Count - (int)span, (int)span);

        // A model works on whole patches: of a whole frame, what is over at the bottom and on the right is left out.
        Extent crop = data.Crop!.Value == Extent.Whole
            ? new Extent(series.Shape.Height / patch * patch, series.Shape.Width / patch * patch)
            : data.Crop.Value;
        if (crop.Height > series.Shape.Height || crop.Width > series.Shape.Width || crop.Height == 0 || crop.Width == 0)
        {
            throw UsageException.Expected("--crop",
                $"at most {series.Shape.Height}x{series.Shape.Width}, the size of a frame after --downscale {data.Downscale}", data.Crop);
        }

        CheckSize("--crop", crop.Height, crop.Width, patch);
        try
        {
            return new FrameSequences(series, new FrameSequencesOptions
            {
                Steps = steps,
                FrameInterval = stride,
                CropHeight = crop.Height,
                CropWidth = crop.Width,
                Placement = placement,
                Seed = seed,
                MinimumContent = data.MinimumRain!.Value,
                ContentThreshold = data.Values is ValueScale.RadarReflectivity
                    ? ValueScale.RadarReflectivity.UnitOf(RainReflectivity)
                    : ContentValue,
            });
        }
        catch (ArgumentException exception) when (data.MinimumRain > 0)
        {
            throw new ToolException(
                $"--min-rain: expected some {crop} crop of '{data.Input}' with a share of {data.MinimumRain}, but there is none.", exception);
        }
    }

    private static void CheckSize(string option, int height, int width, int patch)
    {
        if (height % patch != 0 || width % patch != 0)
        {
            throw UsageException.Expected(
                option, $"frames whose height and width are multiples of {patch}, the --patch of the model", $"{height}x{width}");
        }
    }
}
