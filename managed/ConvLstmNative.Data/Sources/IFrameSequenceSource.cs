namespace ConvLstmNative.Data;

/// <summary>
/// Frame sequences by index. The same index always gives the same frames, on any thread and in any process, so that training
/// is resumed by an index alone.
/// </summary>
public interface IFrameSequenceSource
{
    /// <summary>The size of a frame.</summary>
    FrameShape Shape { get; }

    /// <summary>Frames of a sequence, T.</summary>
    int Steps { get; }

    /// <summary>Distinct sequences; <see cref="long.MaxValue"/> where they are generated.</summary>
    long Count { get; }

    /// <summary>Writes one sequence.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <param name="frames">Receives (T, C, H, W), values in [0, 1]; exactly that many elements.</param>
    void Read(long index, Span<float> frames);
}
