using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>One frame as a picture.</summary>
public static class FramePicture
{
    /// <summary>Writes a frame as a PNG file.</summary>
    /// <param name="path">Where to write; a temporary name is used first, then renamed.</param>
    /// <param name="frame">(C, H, W), values in [0, 1]; values outside are clipped.</param>
    /// <param name="shape">Its size: one channel by <paramref name="colors"/>, three as red, green, blue.</param>
    /// <param name="colors">Colours of a one-channel frame.</param>
    /// <param name="magnification">Each pixel becomes a square of this many.</param>
    public static void Write(
        string path, ReadOnlySpan<float> frame, FrameShape shape, FrameColors colors = FrameColors.Gray, int magnification = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(magnification, 1);
        Check(frame.Length, shape, nameof(frame));
        using SKImage image = ToImage(frame, shape, colors);
        using SKSurface surface = CreateSurface((long)shape.Width * magnification, (long)shape.Height * magnification);
        Draw(surface.Canvas, image, 0, 0, magnification);
        using SKImage picture = surface.Snapshot();
        PngFile.Write(path, picture);
    }

    /// <summary>Draws an image with each pixel as a sharp square.</summary>
    internal static void Draw(SKCanvas canvas, SKImage image, int left, int top, int magnification)
    {
        SKRect target = SKRect.Create(left, top, image.Width * magnification, image.Height * magnification);
        canvas.DrawImage(image, target, new SKSamplingOptions(SKFilterMode.Nearest));
    }

    internal static SKSurface CreateSurface(long width, long height)
    {
        if (width * height > Array.MaxLength / 4)
        {
            throw new ArgumentException(
                $"The picture would be {width}x{height} pixels, more than {Array.MaxLength / 4} in all.");
        }
        return SKSurface.Create(new SKImageInfo((int)width, (int)height, SKColorType.Rgba8888, SKAlphaType.Opaque))
            ?? throw new InvalidOperationException($"No surface of {width}x{height} pixels can be made.");
    }

    internal static SKImage ToImage(ReadOnlySpan<float> frame, FrameShape shape, FrameColors colors)
    {
        int plane = shape.Height * shape.Width;
        byte[] pixels = new byte[4 * plane];
        for (int i = 0; i < plane; i++)
        {
            SKColor color = shape.Channels == 1
                ? FramePalette.Color(colors, frame[i])
                : new SKColor(Byte(frame[i]), Byte(frame[plane + i]), Byte(frame[2 * plane + i]));
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = (color.Red, color.Green, color.Blue, 255);
        }
        return SKImage.FromPixelCopy(new SKImageInfo(shape.Width, shape.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
    }

    /// <summary>Refuses frames that are not a whole number, and channels that no picture can show.</summary>
    internal static void Check(int length, FrameShape shape, string name)
    {
        shape.ThrowIfInvalid(nameof(shape));
        if (shape.Channels is not (1 or 3))
        {
            throw new ArgumentException(
                $"shape: expected 1 or 3 channels to draw, got {shape.Channels}.", nameof(shape));
        }
        if (length == 0 || length % shape.ElementCount != 0)
        {
            throw new ArgumentException(
                $"{name}: expected whole frames of {shape.ElementCount} values ({shape}), got {length}.", name);
        }
    }

    private static byte Byte(float value) => (byte)(value > 0 ? Math.Min(value, 1) * 255 + 0.5f : 0);
}
