namespace BindingGenerator.Model;

/// <summary>A value of an enumeration.</summary>
public sealed record EnumValueModel(string Name, long Value, DocComment Doc);
