using System.Collections.Immutable;

namespace ConvLstmNative;

/// <summary>
/// A number for each spatial dimension: of kernels, strides, dilations, paddings. One number stands for all dimensions,
/// however many there are; otherwise there are as many as dimensions, in the order D, H, W.
/// </summary>
public readonly record struct Sizes
{
    /// <summary>Sizes of rank 2.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public Sizes(int height, int width) => (Rank, Depth, Height, Width) = (2, 1, height, width);

    /// <summary>Sizes of rank 3.</summary>
    /// <param name="depth">Planes.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public Sizes(int depth, int height, int width) => (Rank, Depth, Height, Width) = (3, depth, height, width);

    private Sizes(int size) => (Depth, Height, Width) = (size, size, size);

    /// <summary>How many numbers there are; 0 for one that stands for all dimensions.</summary>
    public int Rank { get; }

    /// <summary>Of planes; 1 in rank 2.</summary>
    public int Depth { get; }

    /// <summary>Of rows.</summary>
    public int Height { get; }

    /// <summary>Of columns.</summary>
    public int Width { get; }

    /// <summary>The same number for every dimension.</summary>
    public static implicit operator Sizes(int size) => new(size);

    /// <summary>The same number for every dimension.</summary>
    public static Sizes FromInt32(int size) => size;

    /// <summary>Whether there is a number for each of `rank` dimensions.</summary>
    public bool Fits(int rank) => Rank == 0 || Rank == rank;

    /// <summary>The numbers of `rank` dimensions, in the order D, H, W.</summary>
    /// <exception cref="ArgumentException">There are numbers for another rank.</exception>
    public ImmutableArray<int> ToArray(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rank, 3);
        if (!Fits(rank))
            throw new ArgumentException($"expected one number or {rank}, got {this}", nameof(rank));
        ReadOnlySpan<int> all = [Depth, Height, Width];
        return [.. all[^rank..]];
    }

    /// <inheritdoc/>
    public override string ToString() => Rank switch
    {
        2 => $"{Height}x{Width}",
        3 => $"{Depth}x{Height}x{Width}",
        _ => $"{Width}",
    };
}
