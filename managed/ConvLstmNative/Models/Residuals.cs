using System.Numerics.Tensors;

namespace ConvLstmNative;

/// <summary>Predictions as differences from the last input frame.</summary>
internal static class Residuals
{
    /// <summary>Adds each sequence's last input frame to its predicted frames.</summary>
    /// <param name="frames">Input frames (N, T, C, H, W).</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="horizon">Predicted frames of a sequence.</param>
    /// <param name="predicted">(N, horizon, C, H, W), in place.</param>
    public static void Add(ReadOnlySpan<float> frames, in SequenceShape shape, int horizon, Span<float> predicted)
    {
        int frame = shape.Channels * shape.Height * shape.Width;
        for (int index = 0; index < shape.Batch * horizon; index++)
        {
            int sequence = index / horizon;
            ReadOnlySpan<float> last = frames.Slice(((sequence * shape.Steps) + shape.Steps - 1) * frame, frame);
            Span<float> to = predicted.Slice(index * frame, frame);
            TensorPrimitives.Add(to, last, to);
        }
    }

    /// <summary>Subtracts the last input frame from the frames to predict.</summary>
    /// <param name="last">The last input frame (C, H, W).</param>
    /// <param name="target">Frames to predict (horizon, C, H, W), in place.</param>
    public static void Subtract(ReadOnlySpan<float> last, Span<float> target)
    {
        for (int start = 0; start < target.Length; start += last.Length)
        {
            Span<float> to = target.Slice(start, last.Length);
            TensorPrimitives.Subtract(to, last, to);
        }
    }
}
