namespace ConvLstmNative;

/// <summary>Size of a convolution kernel, 1 to 63 each way.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct KernelSize(int Height, int Width)
{
    /// <summary>A square kernel.</summary>
    public static implicit operator KernelSize(int size) => new(size, size);

    /// <summary>A square kernel.</summary>
    public static KernelSize FromInt32(int size) => size;

    /// <inheritdoc/>
    public override string ToString() => $"{Height}x{Width}";
}
