namespace ConvLstmNative.Data;

/// <summary>The baseline that every forecast must beat: the last input frame, repeated.</summary>
public static class Persistence
{
    /// <summary>Repeats the last input frame of each sequence.</summary>
    /// <param name="frames">(N, T, C, H, W), the input frames.</param>
    /// <param name="sequences">N.</param>
    /// <param name="shape">The size of a frame.</param>
    /// <param name="predicted">Receives (N, horizon, C, H, W); its length gives the horizon.</param>
    public static void Predict(ReadOnlySpan<float> frames, int sequences, FrameShape shape, Span<float> predicted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        shape.ThrowIfInvalid(nameof(shape));
        int frame = shape.ElementCount;
        long unit = (long)sequences * frame;
        if (frames.IsEmpty || frames.Length % unit != 0)
        {
            throw new ArgumentException(
                $"frames: expected a multiple of {unit} values, at least one, got {frames.Length}.", nameof(frames));
        }
        if (predicted.Length % unit != 0)
        {
            throw new ArgumentException(
                $"predicted: expected a multiple of {unit} values, got {predicted.Length}.", nameof(predicted));
        }
        int input = frames.Length / sequences, output = predicted.Length / sequences;
        for (int n = 0; n < sequences; n++)
        {
            ReadOnlySpan<float> last = frames.Slice((n + 1) * input - frame, frame);
            for (int at = 0; at < output; at += frame)
                last.CopyTo(predicted[(n * output + at)..]);
        }
    }
}
