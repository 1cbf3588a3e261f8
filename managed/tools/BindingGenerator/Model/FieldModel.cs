namespace BindingGenerator.Model;

/// <summary>A field of a struct.</summary>
public sealed record FieldModel(string Name, TypeModel Type, DocComment Doc);
