using System.Diagnostics.CodeAnalysis;

namespace ConvLstmNative.Data;

/// <summary>The element types that <see cref="NpyFile"/> reads; it writes <see cref="UInt8"/> and <see cref="Float32"/>.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "These are the format's own words.")]
public enum NpyElementType
{
    /// <summary>Unsigned bytes, <c>|u1</c>.</summary>
    UInt8,

    /// <summary>Little-endian single precision, <c>&lt;f4</c>.</summary>
    Float32,

    /// <summary>Truth values of a byte, <c>|b1</c>.</summary>
    Boolean,

    /// <summary>Signed bytes, <c>|i1</c>.</summary>
    Int8,

    /// <summary>Little-endian integers of four bytes, <c>&lt;i4</c>.</summary>
    Int32,

    /// <summary>Little-endian integers of eight bytes, <c>&lt;i8</c>.</summary>
    Int64,

    /// <summary>Little-endian double precision, <c>&lt;f8</c>.</summary>
    Float64,
}
