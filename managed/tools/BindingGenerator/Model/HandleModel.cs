namespace BindingGenerator.Model;

/// <summary>A struct that the header declares and does not define.</summary>
public sealed record HandleModel(string Name, DocComment Doc);
