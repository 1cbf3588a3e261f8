using System.Globalization;
using System.Xml.Linq;
using BindingGenerator.Model;

namespace BindingGenerator.CastXml;

/// <summary>Reads declarations through castxml, a Clang front end that writes them as XML.</summary>
public sealed class CastXmlFrontEnd : IFrontEnd
{
    /// <inheritdoc/>
    public HeaderModel Read(string headerPath, HeaderText text)
    {
        XElement root = CastXmlProcess.Parse(headerPath).Root!;
        CastXmlTypes types = new(root);
        string file = (string?)root.Elements("File")
            .Single(element => (string?)element.Attribute("name") == headerPath).Attribute("id") ?? string.Empty;
        XElement[] declarations = [.. root.Elements().Where(element => (string?)element.Attribute("file") == file)];
        return new HeaderModel(
            text.Constants(),
            [.. declarations.Where(element => element.Name == "Enumeration").Select(element => Enum(element, text))],
            [.. Structs(declarations, defined: false).Select(element => new HandleModel(Name(element), text.OfStruct(Name(element))))],
            [.. Structs(declarations, defined: true).Select(element => Struct(element, types, text))],
            [.. declarations.Where(element => element.Name == "Function").Select(element => Function(element, types, text))]);
    }

    private static IEnumerable<XElement> Structs(IEnumerable<XElement> declarations, bool defined) =>
        declarations.Where(element => element.Name == "Struct" && element.Attribute("incomplete") is null == defined);

    private static EnumModel Enum(XElement element, HeaderText text)
    {
        string name = Name(element);
        return new EnumModel(name, [.. element.Elements("EnumValue").Select(Value)], text.OfEnum(name));

        EnumValueModel Value(XElement value) => new(
            Name(value),
            long.Parse((string)value.Attribute("init")!, CultureInfo.InvariantCulture),
            text.OfMember(name, Name(value)));
    }

    private static StructModel Struct(XElement element, CastXmlTypes types, HeaderText text)
    {
        string name = Name(element);
        IEnumerable<XElement> fields = types.Members(element).Where(member => member.Name == "Field");
        return new StructModel(
            name,
            [.. fields.Select(field => new FieldModel(Name(field), types.Of(field), text.OfMember(name, Name(field))))],
            text.OfStruct(name));
    }

    private static FunctionModel Function(XElement element, CastXmlTypes types, HeaderText text) => new(
        Name(element),
        types.Resolve((string)element.Attribute("returns")!),
        [.. element.Elements("Argument").Select(argument => new ParameterModel(Name(argument), types.Of(argument)))],
        text.OfFunction(Name(element)));

    private static string Name(XElement element) => (string)element.Attribute("name")!;
}
