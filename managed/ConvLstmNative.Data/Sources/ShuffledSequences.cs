using System.Numerics;

namespace ConvLstmNative.Data;

/// <summary>
/// A source of few sequences in an endless random order: every run of <c>Count</c> indices visits each sequence once, and the
/// next run in another order. For training over files, where an index alone must still say which sequence comes.
/// </summary>
public sealed class ShuffledSequences : IFrameSequenceSource
{
    private readonly IFrameSequenceSource _source;
    private readonly ulong _seed;
    private readonly int _halfBits;

    /// <summary>Shuffles a source.</summary>
    /// <param name="source">What is shuffled; it is not disposed with this object.</param>
    /// <param name="seed">Another seed gives another order.</param>
    public ShuffledSequences(IFrameSequenceSource source, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _seed = seed;
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)Math.Max(source.Count - 1, 1));
        _halfBits = (bits + 1) / 2;
    }

    /// <inheritdoc/>
    public FrameShape Shape => _source.Shape;

    /// <inheritdoc/>
    public int Steps => _source.Steps;

    /// <inheritdoc/>
    public long Count => long.MaxValue;

    /// <inheritdoc/>
    public void Read(long index, Span<float> frames) => _source.Read(Map(index), frames);

    /// <summary>The index in the source.</summary>
    /// <param name="index">From 0 on.</param>
    public long Map(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        (long epoch, long position) = Math.DivRem(index, _source.Count);
        ulong key = SequenceRandom.Mix(_seed) ^ SequenceRandom.Mix((ulong)epoch + 1);
        // A Feistel network permutes a power of four; walking its cycle until the value is in range permutes the range.
        ulong value = (ulong)position;
        do
            value = Permute(value, key);
        while (value >= (ulong)_source.Count);
        return (long)value;
    }

    private ulong Permute(ulong value, ulong key)
    {
        ulong mask = (1UL << _halfBits) - 1;
        ulong left = value >> _halfBits, right = value & mask;
        for (ulong round = 0; round < 4; round++)
            (left, right) = (right, left ^ (SequenceRandom.Mix(unchecked(key + round * 0x9e3779b97f4a7c15) ^ right) & mask));
        return left << _halfBits | right;
    }
}
