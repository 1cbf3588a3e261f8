namespace ConvLstmNative;

/// <summary>Shape (N, T, C, H, W) of a batch of image sequences.</summary>
/// <param name="Batch">Sequences, N.</param>
/// <param name="Steps">Steps of each sequence, T.</param>
/// <param name="Channels">Channels of each image, C.</param>
/// <param name="Height">Rows, H.</param>
/// <param name="Width">Columns, W.</param>
public readonly record struct SequenceShape(int Batch, int Steps, int Channels, int Height, int Width)
{
    /// <summary>Product of the sizes.</summary>
    /// <exception cref="SizeOverflowException">It does not fit 64 bits.</exception>
    public long ElementCount
    {
        get
        {
            try
            {
                return checked((long)Batch * Steps * Channels * Height * Width);
            }
            catch (OverflowException)
            {
                throw new SizeOverflowException($"shape: expected a product of sizes that fits 64 bits, got {this}");
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"({Batch}, {Steps}, {Channels}, {Height}, {Width})";

    /// <summary>The sizes, for a tensor of this shape.</summary>
    public long[] Dimensions() => [Batch, Steps, Channels, Height, Width];
}
