namespace BindingGenerator.Model;

/// <summary>An opaque struct, always behind a pointer.</summary>
public sealed record HandleType(string Name) : TypeModel;
