namespace BindingGenerator.Model;

/// <summary>What a C header declares, in its order, free of any parser's details.</summary>
public sealed record HeaderModel(
    IReadOnlyList<ConstantModel> Constants,
    IReadOnlyList<EnumModel> Enums,
    IReadOnlyList<HandleModel> Handles,
    IReadOnlyList<StructModel> Structs,
    IReadOnlyList<FunctionModel> Functions);
