namespace ConvLstmNative.Data;

/// <summary>Image → frame: crop, value scale, area mean, and interleaved channels taken apart.</summary>
internal static class FrameConversion
{
    public static float[] ToFrame(RasterImage image, FrameFolderOptions options, out FrameShape shape)
    {
        FrameRectangle crop = options.Crop ?? new FrameRectangle(0, 0, image.Width, image.Height);
        int factor = options.Downscale;
        if (crop.X < 0 || crop.Y < 0 || crop.Width < 1 || crop.Height < 1
            || crop.X > image.Width - crop.Width || crop.Y > image.Height - crop.Height)
        {
            throw new ArgumentException(
                $"Crop: expected a rectangle within {image.Width}x{image.Height} pixels, got {crop.Width}x{crop.Height} at ({crop.X}, {crop.Y}).",
                nameof(options));
        }
        if (factor < 1 || factor > Math.Min(crop.Width, crop.Height))
        {
            throw new ArgumentException(
                $"Downscale: expected 1 to {Math.Min(crop.Width, crop.Height)}, got {factor}.", nameof(options));
        }
        shape = new FrameShape(image.Channels, crop.Height / factor, crop.Width / factor);
        float[] unit = new float[image.MaximumValue + 1];
        for (int sample = 0; sample < unit.Length; sample++)
            unit[sample] = options.Scale.ToUnit(sample, image.MaximumValue);
        float[] frame = new float[shape.ElementCount];
        float weight = 1f / ((float)factor * factor);
        for (int c = 0, o = 0; c < shape.Channels; c++)
        {
            for (int y = 0; y < shape.Height; y++)
            {
                for (int x = 0; x < shape.Width; x++, o++)
                    frame[o] = Sum(image, unit, crop.X + x * factor, crop.Y + y * factor, c, factor) * weight;
            }
        }
        return frame;
    }

    private static float Sum(RasterImage image, float[] unit, int left, int top, int channel, int factor)
    {
        ReadOnlySpan<ushort> samples = image.Samples;
        float sum = 0;
        for (int y = top; y < top + factor; y++)
        {
            int at = (y * image.Width + left) * image.Channels + channel;
            for (int x = 0; x < factor; x++, at += image.Channels)
                sum += unit[samples[at]];
        }
        return sum;
    }
}
