using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>PNG images of up to 8 bits a channel, read and written by Skia.</summary>
public static class PngFile
{
    private const int MaximumFileBytes = 1 << 28;

    /// <summary>Reads an image: one channel where all its pixels are grey, else three. Transparency is dropped.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFormatException">Not a PNG of these kinds, broken, or truncated.</exception>
    public static RasterImage Read(string path)
    {
        byte[] bytes;
        using (InputFile file = InputFile.Open(path))
            bytes = file.ReadToEnd(MaximumFileBytes);
        PngChunks.Check(path, bytes);
        using SKData data = SKData.CreateCopy(bytes);
        using SKCodec codec = SKCodec.Create(data) ?? throw new DataFormatException(path, "a PNG image", "data that does not decode");
        SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] pixels = new byte[info.BytesSize];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* pointer = pixels)
                result = codec.GetPixels(info, (nint)pointer);
        }
        if (result != SKCodecResult.Success)
            throw new DataFormatException(path, "a whole PNG image", $"{result}");
        return ToRaster(info.Width, info.Height, pixels);
    }

    /// <summary>Writes an 8-bit image.</summary>
    /// <param name="path">Where to write; a temporary name is used first, then renamed.</param>
    /// <param name="image">One or three channels; samples are scaled to 0–255 by the image's maximum.</param>
    public static void Write(string path, RasterImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        bool grey = image.Channels == 1;
        SKImageInfo info = new(
            image.Width, image.Height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque);
        byte[] pixels = new byte[info.BytesSize];
        for (int i = 0, o = 0; i < image.Samples.Length; i++)
        {
            pixels[o++] = (byte)((image.Samples[i] * 255 + image.MaximumValue / 2) / image.MaximumValue);
            if (!grey && i % 3 == 2)
                pixels[o++] = 255;
        }
        using SKImage encoded = SKImage.FromPixelCopy(info, pixels);
        Write(path, encoded);
    }

    /// <summary>Writes what has been drawn.</summary>
    internal static void Write(string path, SKImage image)
    {
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100)
            ?? throw new IOException($"{path}: the picture of {image.Width}x{image.Height} pixels could not be encoded as PNG.");
        AtomicFile.Write(path, data.SaveTo);
    }

    private static RasterImage ToRaster(int width, int height, byte[] pixels)
    {
        bool grey = true;
        for (int i = 0; i < pixels.Length && grey; i += 4)
            grey = pixels[i] == pixels[i + 1] && pixels[i] == pixels[i + 2];
        int channels = grey ? 1 : 3;
        ushort[] samples = new ushort[width * height * channels];
        for (int i = 0, o = 0; i < pixels.Length; i += 4)
        {
            for (int c = 0; c < channels; c++)
                samples[o++] = pixels[i + c];
        }
        return new RasterImage(width, height, channels, 255, samples);
    }
}
