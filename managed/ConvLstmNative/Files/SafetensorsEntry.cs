using System.Collections.Immutable;

namespace ConvLstmNative;

/// <summary>A tensor in a safetensors file.</summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="DataType">Such as <c>F32</c>.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">Byte after the last.</param>
public sealed record SafetensorsEntry(string Name, string DataType, ImmutableArray<long> Shape, long Begin, long End)
{
    /// <summary>Product of the sizes.</summary>
    public long ElementCount => Shape.Aggregate(1L, (count, size) => count * size);
}
