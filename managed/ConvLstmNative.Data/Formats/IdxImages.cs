namespace ConvLstmNative.Data;

/// <summary>The images of an IDX file (magic 0x00000803, the format of MNIST), plain or gzip. Immutable; any thread may read it.</summary>
public sealed class IdxImages
{
    private readonly byte[] _pixels;

    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="count">Images.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="pixels">count·height·width intensities, one image after the other.</param>
    public IdxImages(int count, int height, int width, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.Length != (Int128)count * height * width)
        {
            throw new ArgumentException(
                $"pixels: expected {(Int128)count * height * width}, got {pixels.Length}.", nameof(pixels));
        }
        Count = count;
        Height = height;
        Width = width;
        _pixels = pixels;
    }

    /// <summary>Images in the file.</summary>
    public int Count { get; }

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>One image, (H, W), 0 to 255.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return _pixels.AsSpan(index * (Height * Width), Height * Width);
        }
    }

    /// <summary>Reads an IDX file of images.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFormatException">Wrong magic, sizes that the file does not hold, or bytes after the last image.</exception>
    public static IdxImages Read(string path)
    {
        using InputFile file = InputFile.Open(path);
        int[] sizes = IdxHeader.Read(file, rank: 3, minimum: 1);
        UInt128 bytes = (UInt128)sizes[0] * (UInt128)sizes[1] * (UInt128)sizes[2];
        if (bytes > (UInt128)file.MaximumRemaining)
        {
            throw new DataFormatException(
                path, $"at most {file.MaximumRemaining} bytes of images", $"{sizes[0]}x{sizes[1]}x{sizes[2]}");
        }
        byte[] pixels = file.ReadExactly((long)bytes, "images");
        file.ExpectEnd();
        return new IdxImages(sizes[0], sizes[1], sizes[2], pixels);
    }
}
