using System.Buffers.Binary;

namespace ConvLstmNative.Data;

/// <summary>What the element types of an npy file are called, how long they are, and what they are as numbers.</summary>
internal static class NpyElements
{
    /// <summary>The element types that are read, by every spelling that files use; the first is NumPy's.</summary>
    public static NpyElementType Parse(string path, string descr) => descr switch
    {
        "|u1" or "u1" or "<u1" or "B" => NpyElementType.UInt8,
        "|b1" or "b1" or "<b1" or "?" => NpyElementType.Boolean,
        "|i1" or "i1" or "<i1" => NpyElementType.Int8,
        "<i4" => NpyElementType.Int32,
        "<i8" => NpyElementType.Int64,
        "<f4" => NpyElementType.Float32,
        "<f8" => NpyElementType.Float64,
        _ => throw new DataFormatException(path, "npy elements '|u1', '|b1', '|i1', '<i4', '<i8', '<f4' or '<f8'", $"'{descr}'"),
    };

    public static string Name(NpyElementType type) => type switch
    {
        NpyElementType.UInt8 => "|u1",
        NpyElementType.Boolean => "|b1",
        NpyElementType.Int8 => "|i1",
        NpyElementType.Int32 => "<i4",
        NpyElementType.Int64 => "<i8",
        NpyElementType.Float32 => "<f4",
        _ => "<f8",
    };

    public static int Bytes(NpyElementType type) => type switch
    {
        NpyElementType.UInt8 or NpyElementType.Boolean or NpyElementType.Int8 => 1,
        NpyElementType.Int32 or NpyElementType.Float32 => 4,
        _ => 8,
    };

    /// <summary>The element at the beginning of these bytes, rounded to single precision.</summary>
    public static float ToSingle(NpyElementType type, ReadOnlySpan<byte> bytes) => type switch
    {
        NpyElementType.UInt8 => bytes[0],
        NpyElementType.Boolean => bytes[0] == 0 ? 0 : 1,
        NpyElementType.Int8 => (sbyte)bytes[0],
        NpyElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        NpyElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        NpyElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };
}
