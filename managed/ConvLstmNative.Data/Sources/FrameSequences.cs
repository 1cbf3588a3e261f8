namespace ConvLstmNative.Data;

/// <summary>Windows of consecutive frames of a series, whole or cropped, tiled or at random.</summary>
public sealed class FrameSequences : IFrameSequenceSource
{
    // With a random crop in a dry corner this often in a row, the best of them is taken.
    private const int MaximumAttempts = 64;

    private readonly FrameSeries _series;
    private readonly FrameSequencesOptions _options;
    private readonly SequenceLocation[]? _tiles;
    private readonly int _startCount;

    /// <summary>Prepares the map from index to place.</summary>
    /// <param name="series">The frames.</param>
    /// <param name="options">Steps, crop size and placement; null takes whole windows of 20 frames.</param>
    /// <exception cref="ArgumentException">The series is too short, a crop is too large, or no tile has enough content.</exception>
    public FrameSequences(FrameSeries series, FrameSequencesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        options ??= new FrameSequencesOptions();
        _series = series;
        _options = options;
        RequireRange(options.Steps, 1, int.MaxValue, "Steps");
        RequireRange(options.FrameInterval, 1, int.MaxValue, "FrameInterval");
        RequireRange(options.WindowInterval, 1, int.MaxValue, "WindowInterval");
        if (!(options.MinimumContent is >= 0 and <= 1))
        {
            throw new ArgumentException(
                $"MinimumContent: expected 0 to 1, got {options.MinimumContent}.", nameof(options));
        }
        Steps = options.Steps;
        Shape = series.Shape with
        {
            Height = RequireRange(options.CropHeight ?? series.Shape.Height, 1, series.Shape.Height, "CropHeight"),
            Width = RequireRange(options.CropWidth ?? series.Shape.Width, 1, series.Shape.Width, "CropWidth"),
        };
        long span = (long)(Steps - 1) * options.FrameInterval + 1;
        if (span > series.Count)
        {
            throw new ArgumentException(
                $"Steps: expected a window of at most {series.Count} frames, got {span}.", nameof(options));
        }
        _startCount = series.Count - (int)span + 1;
        if (options.Placement == CropPlacement.Random)
            return;
        _tiles = [.. Tiles()];
        if (_tiles.Length == 0)
        {
            throw new ArgumentException(
                $"MinimumContent: expected some tile with a share of {options.MinimumContent}, got none.", nameof(options));
        }
    }

    /// <inheritdoc/>
    public FrameShape Shape { get; }

    /// <inheritdoc/>
    public int Steps { get; }

    /// <inheritdoc/>
    public long Count => _tiles?.Length ?? long.MaxValue;

    /// <summary>Where the sequence of an index is cut out.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public SequenceLocation Locate(long index)
    {
        if (index < 0 || index >= Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"index: expected 0 to {Count - 1}.");
        if (_tiles is not null)
            return _tiles[index];
        SequenceRandom random = new(_options.Seed, index);
        SequenceLocation best = default;
        double bestContent = -1;
        for (int attempt = 0; attempt < MaximumAttempts && bestContent < _options.MinimumContent; attempt++)
        {
            SequenceLocation tried = new(
                random.NextInt(_startCount),
                random.NextInt(_series.Shape.Height - Shape.Height + 1),
                random.NextInt(_series.Shape.Width - Shape.Width + 1));
            double content = Content(tried);
            if (content > bestContent)
                (best, bestContent) = (tried, content);
        }
        return best;
    }

    /// <inheritdoc/>
    public void Read(long index, Span<float> frames)
    {
        SourceGuard.CheckRead(this, index, frames);
        SequenceLocation location = Locate(index);
        int written = 0;
        for (int t = 0; t < Steps; t++)
        {
            for (int row = 0; row < Shape.Channels * Shape.Height; row++, written += Shape.Width)
                Row(location, t, row).CopyTo(frames[written..]);
        }
    }

    /// <summary>The share of values above the threshold; 0 without looking where nothing is asked.</summary>
    private double Content(SequenceLocation location)
    {
        if (_options.MinimumContent == 0)
            return 0;
        long above = 0;
        for (int t = 0; t < Steps; t++)
        {
            for (int row = 0; row < Shape.Channels * Shape.Height; row++)
            {
                foreach (float value in Row(location, t, row))
                    above += value > _options.ContentThreshold ? 1 : 0;
            }
        }
        return above / ((double)Steps * Shape.ElementCount);
    }

    /// <summary>One row of the crop; rows are numbered through all channels.</summary>
    private ReadOnlySpan<float> Row(SequenceLocation location, int step, int row)
    {
        (int channel, int y) = Math.DivRem(row, Shape.Height);
        int start = (channel * _series.Shape.Height + location.Top + y) * _series.Shape.Width + location.Left;
        return _series[location.FirstFrame + step * _options.FrameInterval].Slice(start, Shape.Width);
    }

    private IEnumerable<SequenceLocation> Tiles()
    {
        for (int first = 0; first < _startCount; first += _options.WindowInterval)
        {
            for (int top = 0; top <= _series.Shape.Height - Shape.Height; top += Shape.Height)
            {
                for (int left = 0; left <= _series.Shape.Width - Shape.Width; left += Shape.Width)
                {
                    SequenceLocation tile = new(first, top, left);
                    if (Content(tile) >= _options.MinimumContent)
                        yield return tile;
                }
            }
        }
    }

    private static int RequireRange(int value, int minimum, int maximum, string name) =>
        value >= minimum && value <= maximum
            ? value
            : throw new ArgumentException($"{name}: expected {minimum} to {maximum}, got {value}.", name);
}
