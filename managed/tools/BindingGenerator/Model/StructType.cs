namespace BindingGenerator.Model;

/// <summary>A defined struct.</summary>
public sealed record StructType(string Name) : TypeModel;
