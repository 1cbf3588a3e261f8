using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>Some sequences of a file, and of each of them the first or the last frames.</summary>
internal sealed class SequenceRange : IFrameSequenceSource, IDisposable
{
    private readonly NpySequences _source;
    private readonly long _first;
    private readonly int _skippedElements;

    /// <param name="source">The whole; disposed of with this object.</param>
    /// <param name="range">The sequences to use; null for all.</param>
    /// <param name="steps">Frames of each to use.</param>
    /// <param name="latest">Whether to use the last frames of each; otherwise the first.</param>
    public SequenceRange(NpySequences source, IndexRange? range, int steps, bool latest)
    {
        if (range is { } given && given.Last >= source.Count)
            throw UsageException.Expected("--sequences", $"a range up to {source.Count - 1}, as many as the file has", given);
        if (steps > source.Steps)
            throw new ToolException($"--input: expected sequences of at least {steps} frames, but the file has {source.Steps}.");
        _source = source;
        _first = range?.First ?? 0;
        Count = range?.Count ?? source.Count;
        Steps = steps;
        _skippedElements = latest ? (source.Steps - steps) * source.Shape.ElementCount : 0;
    }

    /// <inheritdoc/>
    public FrameShape Shape => _source.Shape;

    /// <inheritdoc/>
    public int Steps { get; }

    /// <inheritdoc/>
    public long Count { get; }

    /// <inheritdoc/>
    public void Read(long index, Span<float> frames)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (Steps == _source.Steps)
        {
            _source.Read(_first + index, frames);
            return;
        }

        float[] whole = new float[_source.Steps * Shape.ElementCount];
        _source.Read(_first + index, whole);
        whole.AsSpan(_skippedElements, frames.Length).CopyTo(frames);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
