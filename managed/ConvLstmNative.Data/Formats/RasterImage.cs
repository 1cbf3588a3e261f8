namespace ConvLstmNative.Data;

/// <summary>A decoded image: integer samples, interleaved (H, W, C), as they stand in the file.</summary>
public sealed class RasterImage
{
    private readonly ushort[] _samples;

    /// <summary>Wraps samples without copying them.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 (grey) or 3 (red, green, blue).</param>
    /// <param name="maximumValue">The sample that means full intensity, 1 to 65535.</param>
    /// <param name="samples">width·height·channels samples, none above <paramref name="maximumValue"/>.</param>
    public RasterImage(int width, int height, int channels, int maximumValue, ushort[] samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "channels: expected 1 or 3.");
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumValue, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumValue, ushort.MaxValue);
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Length != (long)width * height * channels)
        {
            throw new ArgumentException(
                $"samples: expected {(long)width * height * channels}, got {samples.Length}.", nameof(samples));
        }
        Width = width;
        Height = height;
        Channels = channels;
        MaximumValue = maximumValue;
        _samples = samples;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>The sample that means full intensity: 255 for 8-bit files.</summary>
    public int MaximumValue { get; }

    /// <summary>All samples, (H, W, C).</summary>
    public ReadOnlySpan<ushort> Samples => _samples;
}
