namespace BindingGenerator.Model;

/// <summary>A name that the header gives to another type.</summary>
public sealed record AliasType(string Name, TypeModel Target) : TypeModel;
