namespace ConvLstmNative;

/// <summary>Shape (N, T, C, H, W) of a batch of image sequences, or (N, T, C, D, H, W) of volumes. Layers of rank 1 have W alone:
/// H is 1.</summary>
/// <param name="Batch">Sequences, N.</param>
/// <param name="Steps">Steps of each sequence, T.</param>
/// <param name="Channels">Channels of each image, C.</param>
/// <param name="Height">Rows, H.</param>
/// <param name="Width">Columns, W.</param>
/// <param name="Depth">Planes, D: 1 for images.</param>
public readonly record struct SequenceShape(int Batch, int Steps, int Channels, int Height, int Width, int Depth = 1)
{
    /// <summary>Product of the sizes.</summary>
    /// <exception cref="SizeOverflowException">It does not fit 64 bits.</exception>
    public long ElementCount
    {
        get
        {
            try
            {
                return checked((long)Batch * Steps * Channels * Depth * Height * Width);
            }
            catch (OverflowException)
            {
                throw new SizeOverflowException($"shape: expected a product of sizes that fits 64 bits, got {this}");
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"({Check.Text(Dimensions())})";

    /// <summary>The sizes, for a tensor of this shape: five for images, six for volumes.</summary>
    public long[] Dimensions() => Depth == 1
        ? [Batch, Steps, Channels, Height, Width]
        : [Batch, Steps, Channels, Depth, Height, Width];

    /// <summary>The last `rank` of D, H, W, as the native library takes them.</summary>
    internal unsafe void CopySizes(int rank, long* sizes)
    {
        ReadOnlySpan<long> all = [Depth, Height, Width];
        all[^rank..].CopyTo(new Span<long>(sizes, rank));
    }
}
