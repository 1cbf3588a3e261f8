namespace BindingGenerator.Model;

/// <summary>A struct with its fields.</summary>
public sealed record StructModel(string Name, IReadOnlyList<FieldModel> Fields, DocComment Doc);
