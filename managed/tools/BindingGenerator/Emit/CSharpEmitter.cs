using System.Globalization;
using BindingGenerator.Model;

namespace BindingGenerator.Emit;

/// <summary>Writes internal C# declarations: the same model always gives the same text.</summary>
public static class CSharpEmitter
{
    private const string HeaderName = "native/include/convlstm_native.h";

    /// <summary>Text of every file by file name.</summary>
    public static IReadOnlyDictionary<string, string> Emit(HeaderModel model, string sha256)
    {
        CSharpTypes types = new(model);
        return new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["NativeConstants.g.cs"] = Constants(model, sha256),
            ["NativeEnums.g.cs"] = Enums(model, sha256),
            ["NativeStructs.g.cs"] = Structs(model, types, sha256),
            ["NativeStructLayout.g.cs"] = Layout(model, types, sha256),
            ["NativeMethods.g.cs"] = FunctionEmitter.Emit(model, types, HeaderName, sha256),
        };
    }

    private static string Constants(HeaderModel model, string sha256)
    {
        CSharpWriter writer = new(HeaderName, sha256);
        writer.Line();
        writer.Line("/// <summary>Integer macros of the header, and the header's hash.</summary>");
        writer.Open("internal static class NativeConstants");
        writer.Line("/// <summary>SHA-256 of the header, with line feeds only.</summary>");
        writer.Line($"public const string HeaderSha256 = \"{sha256}\";");
        foreach (ConstantModel constant in model.Constants)
        {
            writer.Line();
            writer.Doc(constant.Doc);
            writer.Line($"public const int {CSharpNames.Function(constant.Name)} = {Number(constant.Value)};");
        }

        writer.Close();
        return writer.ToString();
    }

    private static string Enums(HeaderModel model, string sha256)
    {
        CSharpWriter writer = new(HeaderName, sha256);
        foreach (EnumModel enumeration in model.Enums)
        {
            writer.Line();
            writer.Doc(enumeration.Doc);
            writer.Open($"internal enum {CSharpNames.Type(enumeration.Name)}");
            foreach (EnumValueModel value in enumeration.Values)
            {
                writer.Doc(value.Doc);
                writer.Line($"{CSharpNames.EnumValue(enumeration, value.Name)} = {Number(value.Value)},");
            }

            writer.Close();
        }

        return writer.ToString();
    }

    private static string Structs(HeaderModel model, CSharpTypes types, string sha256)
    {
        CSharpWriter writer = new(HeaderName, sha256, "System.Runtime.InteropServices");
        foreach (StructModel structure in model.Structs)
        {
            writer.Line();
            writer.Doc(structure.Doc);
            writer.Line("[StructLayout(LayoutKind.Sequential)]");
            writer.Open($"internal unsafe struct {CSharpNames.Type(structure.Name)}");
            foreach (FieldModel field in structure.Fields)
            {
                writer.Doc(field.Doc);
                string name = CSharpNames.Field(field.Name);
                writer.Line(field.Type is ArrayType array
                    ? $"public fixed {types.Of(array)} {name}[{Number(array.Length)}];"
                    : $"public {types.Of(field.Type)} {name};");
            }

            writer.Close();
        }

        return writer.ToString();
    }

    private static string Layout(HeaderModel model, CSharpTypes types, string sha256)
    {
        CSharpWriter writer = new(HeaderName, sha256, "System.Text");
        writer.Line();
        writer.Line("/// <summary>Layout of the structs as this process sees them, in the words of cln_abi_layout.</summary>");
        writer.Open("internal static unsafe class NativeStructLayout");
        writer.Line("/// <summary>Lines of `struct size` and `struct.field offset size`.</summary>");
        writer.Open("public static string Describe()");
        writer.Line("StringBuilder text = new();");
        foreach (StructModel structure in model.Structs)
            writer.Line($"{CSharpNames.Type(structure.Name)}(text);");
        writer.Line("return text.ToString();");
        writer.Close();
        foreach (StructModel structure in model.Structs)
            LayoutOf(structure, types, writer);
        writer.Line();
        writer.Open("private static void Field(StringBuilder text, string name, void* start, void* field, long size)");
        writer.Line("text.Append(name).Append(' ').Append((byte*)field - (byte*)start).Append(' ').Append(size).Append('\\n');");
        writer.Close();
        writer.Close();
        return writer.ToString();
    }

    private static void LayoutOf(StructModel structure, CSharpTypes types, CSharpWriter writer)
    {
        string type = CSharpNames.Type(structure.Name);
        writer.Line();
        writer.Open($"private static void {type}(StringBuilder text)");
        writer.Line($"{type} value = default;");
        writer.Line($"text.Append(\"{structure.Name} \").Append(sizeof({type})).Append('\\n');");
        foreach (FieldModel field in structure.Fields)
        {
            (string address, string size) = field.Type is ArrayType array
                ? ($"value.{CSharpNames.Field(field.Name)}", $"{Number(array.Length)} * sizeof({types.Of(array)})")
                : ($"&value.{CSharpNames.Field(field.Name)}", $"sizeof({types.Of(field.Type)})");
            writer.Line($"Field(text, \"{structure.Name}.{field.Name}\", &value, {address}, {size});");
        }

        writer.Close();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
