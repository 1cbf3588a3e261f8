namespace ConvLstmNative.Data;

/// <summary>Draws moving sprites: where they overlap, the brighter pixel wins.</summary>
internal static class SpriteCanvas
{
    /// <summary>Adds one sprite to all frames of a sequence along one path.</summary>
    public static void Draw(
        ReadOnlySpan<float> sprite,
        int spriteHeight,
        int spriteWidth,
        ref BouncingPath path,
        Span<float> frames,
        int steps,
        int height,
        int width)
    {
        for (int t = 0; t < steps; t++)
        {
            (int top, int left) = path.Next(height - spriteHeight, width - spriteWidth);
            Span<float> frame = frames.Slice(t * height * width, height * width);
            for (int y = 0; y < spriteHeight; y++)
            {
                ReadOnlySpan<float> from = sprite.Slice(y * spriteWidth, spriteWidth);
                Span<float> to = frame.Slice((top + y) * width + left, spriteWidth);
                for (int x = 0; x < from.Length; x++)
                    to[x] = Math.Max(to[x], from[x]);
            }
        }
    }
}
