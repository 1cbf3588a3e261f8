namespace ConvLstmNative.Data;

/// <summary>Frames of one size in the order of time, values in [0, 1]. Immutable; any thread may read it.</summary>
public sealed class FrameSeries
{
    private readonly float[][] _frames;

    /// <summary>Wraps frames without copying them.</summary>
    /// <param name="shape">The size of every frame.</param>
    /// <param name="frames">One array (C, H, W) a frame, at least one.</param>
    /// <param name="names">A name for each frame, for messages and labels; null numbers them.</param>
    public FrameSeries(FrameShape shape, IReadOnlyList<float[]> frames, IReadOnlyList<string>? names = null)
    {
        shape.ThrowIfInvalid(nameof(shape));
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count == 0)
            throw new ArgumentException("frames: expected at least one, got none.", nameof(frames));
        if (frames.Any(frame => frame.Length != shape.ElementCount))
        {
            throw new ArgumentException(
                $"frames: expected {shape.ElementCount} values each ({shape}).", nameof(frames));
        }
        if (names is not null && names.Count != frames.Count)
            throw new ArgumentException($"names: expected {frames.Count}, got {names.Count}.", nameof(names));
        Shape = shape;
        _frames = [.. frames];
        Names = names is null ? [.. Enumerable.Range(0, frames.Count).Select(i => $"{i}")] : [.. names];
    }

    /// <summary>The size of a frame.</summary>
    public FrameShape Shape { get; }

    /// <summary>Frames.</summary>
    public int Count => _frames.Length;

    /// <summary>The name of each frame: its file name where it came from a folder.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>One frame, (C, H, W).</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public ReadOnlySpan<float> this[int index] => _frames[index];

    /// <summary>Some consecutive frames as a series of their own, sharing their memory.</summary>
    /// <param name="first">The first frame.</param>
    /// <param name="count">Frames, at least one.</param>
    public FrameSeries Slice(int first, int count)
    {
        if (first < 0 || count < 1 || first > Count - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(first), first, $"first, count: expected a range within {Count} frames, got {first}, {count}.");
        }
        return new FrameSeries(Shape, _frames[first..(first + count)], [.. Names.Skip(first).Take(count)]);
    }
}
