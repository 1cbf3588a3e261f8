namespace BindingGenerator.Model;

/// <summary>A C type as far as the header uses types.</summary>
public abstract record TypeModel;

/// <summary>A type of the language or of stdint.h: <c>void</c>, <c>char</c>, <c>float</c>, <c>int32_t</c>, …</summary>
public sealed record PrimitiveType(string Name) : TypeModel;

/// <summary>A name that the header gives to another type.</summary>
public sealed record AliasType(string Name, TypeModel Target) : TypeModel;

/// <summary>An opaque struct, always behind a pointer.</summary>
public sealed record HandleType(string Name) : TypeModel;

/// <summary>A defined struct.</summary>
public sealed record StructType(string Name) : TypeModel;

/// <summary>A pointer.</summary>
public sealed record PointerType(TypeModel Target, bool TargetIsConst) : TypeModel;

/// <summary>An array with a fixed length, inside a struct.</summary>
public sealed record ArrayType(TypeModel Element, int Length) : TypeModel;
