using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>What an element is multiplied with by dropout, as native/src/cell/dropout.h has it: a number that depends on the
/// seed and the element's place alone.</summary>
internal static class TorchDropout
{
    public const ulong Input = 1;
    public const ulong Recurrent = 2;

    /// <summary>The seed of a layer of a stack, counted through both directions.</summary>
    public static ulong SeedOf(ulong seed, int index) =>
        index == 0 ? seed : unchecked(Mix(seed + ((ulong)index * 0x9e3779b97f4a7c15)));

    /// <summary>Factors of each gate over a source of this shape; null where nothing is dropped.</summary>
    public static Tensor[]? Factors(ulong seed, ulong kind, int gates, float rate, long[] shape)
    {
        if (rate == 0)
            return null;
        long count = shape.Aggregate(1L, (product, size) => product * size);
        return [.. Enumerable.Range(0, gates).Select(gate => torch.tensor(
            [.. Enumerable.Range(0, (int)count).Select(element => (double)Factor(seed, kind, gate, element, rate))], shape))];
    }

    private static float Factor(ulong seed, ulong kind, int gate, int element, float rate)
    {
        unchecked
        {
            ulong stream = Mix(seed + (((2 * (ulong)gate) + kind) * 0xd1b54a32d192ed03));
            ulong bits = Mix(stream + (((ulong)element + 1) * 0x9e3779b97f4a7c15));
            float unit = (bits >> 40) * (1f / (1 << 24));
            return unit < rate ? 0 : 1 / (1 - rate);
        }
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }
}
