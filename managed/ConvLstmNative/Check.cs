using System.Diagnostics.CodeAnalysis;

namespace ConvLstmNative;

/// <summary>Argument checks whose throwing halves stay out of the callers' code.</summary>
internal static class Check
{
    /// <summary>The sizes must be at least 1, those beyond the rank exactly 1, the channels exactly as expected.</summary>
    public static void Shape(in SequenceShape shape, long channels, int rank = 2, string name = "shape")
    {
        if (shape.Batch < 1 || shape.Steps < 1 || shape.Depth < 1 || shape.Height < 1 || shape.Width < 1 || shape.Channels < 0)
            ThrowSizes(shape, name);
        if ((rank < 3 && shape.Depth != 1) || (rank < 2 && shape.Height != 1))
            ThrowRank(shape, rank, name);
        if (shape.Channels != channels)
            ThrowChannels(shape, channels, name);
    }

    /// <summary>A span must have exactly this many elements.</summary>
    public static void Length(long actual, long expected, string name)
    {
        if (actual != expected)
            ThrowLength(actual, expected, name);
    }

    /// <summary>A tensor must have exactly this many elements.</summary>
    public static void Tensor(Tensor? tensor, long expected, string name)
    {
        if (tensor is null)
        {
            if (expected != 0)
                throw new ArgumentNullException(name, $"expected a tensor of {expected} elements, got null");
        }
        else if (expected == 0 || tensor.ElementCount != expected)
        {
            ThrowLength(tensor.ElementCount, expected, name);
        }
    }

    /// <summary>Elements of an optional tensor; -1, which is never right, of one that is there and has none.</summary>
    public static long Count(Tensor? tensor) => tensor is null ? 0 : tensor.ElementCount == 0 ? -1 : tensor.ElementCount;

    /// <summary>Product of the sizes of a tensor.</summary>
    public static long ElementCount(ReadOnlySpan<long> shape, string name)
    {
        if (shape.Length > Interop.NativeConstants.MaxRank)
            throw new ArgumentException($"expected at most {Interop.NativeConstants.MaxRank} dimensions, got {shape.Length}", name);
        long count = 1;
        bool isEmpty = false;
        foreach (long size in shape)
        {
            if (size < 0)
                throw new ArgumentOutOfRangeException(name, $"expected sizes of at least 0, got ({Text(shape)})");
            isEmpty |= size == 0;
        }

        foreach (long size in shape)
        {
            if (!isEmpty && count > long.MaxValue / sizeof(float) / size)
                throw new SizeOverflowException($"{name}: expected a product of sizes that fits the address space, got ({Text(shape)})");
            count = isEmpty ? 0 : count * size;
        }

        return count;
    }

    /// <summary>Sizes in words.</summary>
    public static string Text(ReadOnlySpan<long> shape) => string.Join(", ", shape.ToArray());

    [DoesNotReturn]
    private static void ThrowSizes(SequenceShape shape, string name) => throw new ArgumentOutOfRangeException(
        name, $"expected (N, T, C, H, W) with N, T, H, W (and D) of at least 1, got {shape}");

    [DoesNotReturn]
    private static void ThrowRank(SequenceShape shape, int rank, string name) => throw new ArgumentException(
        $"expected {(rank < 2 ? "H and D of 1 for a layer of rank 1" : "D of 1 for a layer of rank 2")}, got {shape}", name);

    [DoesNotReturn]
    private static void ThrowChannels(SequenceShape shape, long channels, string name) =>
        throw new ArgumentException($"expected {channels} channels, got {shape.Channels} in {shape}", name);

    [DoesNotReturn]
    private static void ThrowLength(long actual, long expected, string name) =>
        throw new ArgumentException($"expected {expected} elements, got {actual}", name);
}
