using BindingGenerator.Model;

namespace BindingGenerator.Emit;

/// <summary>C types as blittable C# types.</summary>
internal sealed class CSharpTypes(HeaderModel model)
{
    /// <summary>The type of a field, a parameter or a result; arrays give their element.</summary>
    public string Of(TypeModel type) => type switch
    {
        PrimitiveType primitive => Primitive(primitive.Name),
        AliasType alias => Alias(alias),
        StructType structure => CSharpNames.Type(structure.Name),
        ArrayType array => Of(array.Element),
        PointerType { Target: HandleType } => "nint",
        PointerType pointer => Of(pointer.Target) + "*",
        _ => throw new GenerationException($"no C# type for {type}"),
    };

    // cln_status is an integer whose values are listed by enum cln_status_code.
    private string Alias(AliasType alias)
    {
        string listed = alias.Name + "_code";
        return model.Enums.Any(candidate => candidate.Name == listed) ? CSharpNames.Type(listed) : Of(alias.Target);
    }

    private static string Primitive(string name) => name switch
    {
        "void" => "void",
        "char" => "byte",
        "float" => "float",
        "double" => "double",
        "int8_t" => "sbyte",
        "uint8_t" => "byte",
        "int16_t" => "short",
        "uint16_t" => "ushort",
        "int" or "int32_t" => "int",
        "unsigned int" or "uint32_t" => "uint",
        "int64_t" => "long",
        "uint64_t" => "ulong",
        _ => throw new GenerationException($"no C# type for {name}: use the types of stdint.h"),
    };
}
