namespace ConvLstmNative;

/// <summary>A 32-bit float tensor to write.</summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Source">Gives the elements when they are written.</param>
public sealed record SafetensorsTensor(string Name, IReadOnlyList<long> Shape, SafetensorsSource Source)
{
    /// <summary>Product of the sizes.</summary>
    public long ElementCount => Shape.Aggregate(1L, (count, size) => checked(count * size));
}
