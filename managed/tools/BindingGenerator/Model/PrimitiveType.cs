namespace BindingGenerator.Model;

/// <summary>A type of the language or of stdint.h: <c>void</c>, <c>char</c>, <c>float</c>, <c>int32_t</c>, …</summary>
public sealed record PrimitiveType(string Name) : TypeModel;
