namespace BindingGenerator.Model;

/// <summary>An integer macro.</summary>
public sealed record ConstantModel(string Name, long Value, DocComment Doc);
