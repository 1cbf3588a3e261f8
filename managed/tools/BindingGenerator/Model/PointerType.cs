namespace BindingGenerator.Model;

/// <summary>A pointer.</summary>
public sealed record PointerType(TypeModel Target, bool TargetIsConst) : TypeModel;
