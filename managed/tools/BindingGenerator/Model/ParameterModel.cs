namespace BindingGenerator.Model;

/// <summary>A parameter of a function.</summary>
public sealed record ParameterModel(string Name, TypeModel Type);
