using System.Numerics;

namespace ConvLstmNative.Data;

/// <summary>
/// xoshiro256** seeded by SplitMix64 from (seed, index): each index has a stream of its own, the same on every machine and in
/// every version of .NET.
/// </summary>
internal struct SequenceRandom
{
    private ulong _s0, _s1, _s2, _s3;

    public SequenceRandom(ulong seed, long index)
    {
        ulong state = Mix(seed) ^ Mix(unchecked((ulong)index + 0x632be59bd9b4e019));
        _s0 = NextSplitMix(ref state);
        _s1 = NextSplitMix(ref state);
        _s2 = NextSplitMix(ref state);
        _s3 = NextSplitMix(ref state);
    }

    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [minimum, maximum).</summary>
    public double NextDouble(double minimum, double maximum) => minimum + (maximum - minimum) * NextDouble();

    /// <summary>Uniform in [0, count); the bias of the 128-bit product is below 2⁻³².</summary>
    public int NextInt(int count) => (int)Math.BigMul(NextUInt64(), (ulong)count, out _);

    /// <summary>The finalizer of SplitMix64: a bijection that scatters neighbouring numbers.</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
            value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
            return value ^ (value >> 31);
        }
    }

    private static ulong NextSplitMix(ref ulong state) => Mix(unchecked(state += 0x9e3779b97f4a7c15));
}
