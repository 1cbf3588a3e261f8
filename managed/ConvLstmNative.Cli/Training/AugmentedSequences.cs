using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>
/// Sequences mirrored and turned at random: the eight symmetries of a square, or the four of a rectangle. The same index
/// always gives the same. One day of rain moves in one direction; so a model of it learns what follows from any motion.
/// </summary>
internal sealed class AugmentedSequences(IFrameSequenceSource source, ulong seed) : IFrameSequenceSource, IDisposable
{
    /// <inheritdoc/>
    public FrameShape Shape => source.Shape;

    /// <inheritdoc/>
    public int Steps => source.Steps;

    /// <inheritdoc/>
    public long Count => source.Count;

    /// <inheritdoc/>
    public void Read(long index, Span<float> frames)
    {
        source.Read(index, frames);
        int plane = Shape.Height * Shape.Width;
        ulong choice = Mix(seed ^ Mix((ulong)index));
        float[] copy = new float[plane];
        for (int at = 0; at < frames.Length; at += plane)
        {
            Span<float> image = frames.Slice(at, plane);
            image.CopyTo(copy);
            Transform(copy, image, (choice & 1) != 0, (choice & 2) != 0, (choice & 4) != 0 && Shape.Height == Shape.Width);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => (source as IDisposable)?.Dispose();

    private void Transform(ReadOnlySpan<float> from, Span<float> to, bool mirrorX, bool mirrorY, bool transpose)
    {
        int height = Shape.Height, width = Shape.Width;
        for (int y = 0; y < height; y++)
        {
            int sourceY = mirrorY ? height - 1 - y : y;
            for (int x = 0; x < width; x++)
            {
                int sourceX = mirrorX ? width - 1 - x : x;
                to[y * width + x] = transpose ? from[sourceX * width + sourceY] : from[sourceY * width + sourceX];
            }
        }
    }

    // The finalizer of SplitMix64.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
