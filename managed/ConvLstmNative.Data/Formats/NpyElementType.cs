using System.Diagnostics.CodeAnalysis;

namespace ConvLstmNative.Data;

/// <summary>The element types that <see cref="NpyFile"/> reads and writes.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "These are the format's own words.")]
public enum NpyElementType
{
    /// <summary>Unsigned bytes, <c>|u1</c>.</summary>
    UInt8,

    /// <summary>Little-endian single precision, <c>&lt;f4</c>.</summary>
    Float32,
}
