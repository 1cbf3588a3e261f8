namespace BindingGenerator.Model;

/// <summary>An enumeration.</summary>
public sealed record EnumModel(string Name, IReadOnlyList<EnumValueModel> Values, DocComment Doc);
