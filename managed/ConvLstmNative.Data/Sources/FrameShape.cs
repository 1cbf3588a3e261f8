namespace ConvLstmNative.Data;

/// <summary>The size of one frame, stored (C, H, W).</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H, rows.</param>
/// <param name="Width">W, pixels in a row.</param>
public readonly record struct FrameShape(int Channels, int Height, int Width)
{
    /// <summary>C·H·W.</summary>
    public int ElementCount => checked(Channels * Height * Width);

    /// <inheritdoc/>
    public override string ToString() => $"{Channels}x{Height}x{Width}";

    /// <summary>Refuses sizes below 1 and products beyond what a span holds.</summary>
    internal void ThrowIfInvalid(string parameterName)
    {
        if (Channels < 1 || Height < 1 || Width < 1 || (Int128)Channels * Height * Width > Array.MaxLength)
        {
            throw new ArgumentException(
                $"{parameterName}: expected positive sizes with a product up to {Array.MaxLength}, got {this}.", parameterName);
        }
    }
}
