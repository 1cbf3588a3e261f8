using System.Numerics;
using System.Runtime.InteropServices;

namespace ConvLstmNative;

/// <summary>Element-wise arithmetic on the processor's memory.</summary>
internal static class VectorMath
{
    /// <summary>target += values.</summary>
    public static void AddTo(ReadOnlySpan<float> values, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(target);
        for (int index = 0; index < from.Length; index++)
            to[index] += from[index];
        for (int index = from.Length * Vector<float>.Count; index < values.Length; index++)
            target[index] += values[index];
    }

    /// <summary>target −= values.</summary>
    public static void SubtractFrom(ReadOnlySpan<float> values, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(target);
        for (int index = 0; index < from.Length; index++)
            to[index] -= from[index];
        for (int index = from.Length * Vector<float>.Count; index < values.Length; index++)
            target[index] -= values[index];
    }
}
