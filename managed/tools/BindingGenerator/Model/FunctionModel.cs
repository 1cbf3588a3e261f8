namespace BindingGenerator.Model;

/// <summary>A function.</summary>
public sealed record FunctionModel(
    string Name, TypeModel Result, IReadOnlyList<ParameterModel> Parameters, DocComment Doc);
