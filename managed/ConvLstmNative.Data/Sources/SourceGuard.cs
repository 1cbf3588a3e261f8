namespace ConvLstmNative.Data;

/// <summary>The argument checks that every source shares.</summary>
internal static class SourceGuard
{
    public static void CheckRead(IFrameSequenceSource source, long index, ReadOnlySpan<float> frames)
    {
        if (index < 0 || index >= source.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"index: expected 0 to {source.Count - 1}.");
        long expected = (long)source.Steps * source.Shape.ElementCount;
        if (frames.Length != expected)
        {
            throw new ArgumentException(
                $"frames: expected {expected} elements ({source.Steps} frames of {source.Shape}), got {frames.Length}.", nameof(frames));
        }
    }
}
