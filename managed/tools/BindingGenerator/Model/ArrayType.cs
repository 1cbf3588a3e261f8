namespace BindingGenerator.Model;

/// <summary>An array with a fixed length, inside a struct.</summary>
public sealed record ArrayType(TypeModel Element, int Length) : TypeModel;
