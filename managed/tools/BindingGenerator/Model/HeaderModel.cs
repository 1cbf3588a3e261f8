namespace BindingGenerator.Model;

/// <summary>What a C header declares, in its order, free of any parser's details.</summary>
public sealed record HeaderModel(
    IReadOnlyList<ConstantModel> Constants,
    IReadOnlyList<EnumModel> Enums,
    IReadOnlyList<HandleModel> Handles,
    IReadOnlyList<StructModel> Structs,
    IReadOnlyList<FunctionModel> Functions);

/// <summary>An integer macro.</summary>
public sealed record ConstantModel(string Name, long Value, DocComment Doc);

/// <summary>An enumeration.</summary>
public sealed record EnumModel(string Name, IReadOnlyList<EnumValueModel> Values, DocComment Doc);

/// <summary>A value of an enumeration.</summary>
public sealed record EnumValueModel(string Name, long Value, DocComment Doc);

/// <summary>A struct that the header declares and does not define.</summary>
public sealed record HandleModel(string Name, DocComment Doc);

/// <summary>A struct with its fields.</summary>
public sealed record StructModel(string Name, IReadOnlyList<FieldModel> Fields, DocComment Doc);

/// <summary>A field of a struct.</summary>
public sealed record FieldModel(string Name, TypeModel Type, DocComment Doc);

/// <summary>A function.</summary>
public sealed record FunctionModel(
    string Name, TypeModel Result, IReadOnlyList<ParameterModel> Parameters, DocComment Doc);

/// <summary>A parameter of a function.</summary>
public sealed record ParameterModel(string Name, TypeModel Type);
