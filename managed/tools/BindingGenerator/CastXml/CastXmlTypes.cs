using System.Globalization;
using System.Xml.Linq;
using BindingGenerator.Model;

namespace BindingGenerator.CastXml;

/// <summary>Turns castxml's type references into the model's types.</summary>
internal sealed class CastXmlTypes(XElement root)
{
    private static readonly HashSet<string> Fixed = new(StringComparer.Ordinal)
    {
        "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t",
    };

    private readonly Dictionary<string, XElement> _byId = root.Elements()
        .Where(element => element.Attribute("id") is not null)
        .ToDictionary(element => (string)element.Attribute("id")!, StringComparer.Ordinal);

    /// <summary>The members of a struct, in order.</summary>
    public IEnumerable<XElement> Members(XElement element) =>
        ((string?)element.Attribute("members") ?? string.Empty)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => _byId[id]);

    /// <summary>The type of a field or an argument.</summary>
    public TypeModel Of(XElement element) => Resolve((string)element.Attribute("type")!);

    /// <summary>The type with this id.</summary>
    public TypeModel Resolve(string id)
    {
        XElement element = _byId[id];
        string name = (string?)element.Attribute("name") ?? string.Empty;
        switch (element.Name.LocalName)
        {
            case "FundamentalType":
                return new PrimitiveType(name);
            case "ElaboratedType" or "CvQualifiedType":
                return Of(element);
            case "PointerType":
                XElement target = _byId[(string)element.Attribute("type")!];
                return new PointerType(Of(element), TargetIsConst: (string?)target.Attribute("const") == "1");
            case "ArrayType":
                int last = int.Parse((string)element.Attribute("max")!, CultureInfo.InvariantCulture);
                return new ArrayType(Of(element), last + 1);
            case "Struct" when (string?)element.Attribute("incomplete") == "1":
                return new HandleType(name);
            case "Struct":
                return new StructType(name);
            case "Typedef" when Fixed.Contains(name):
                return new PrimitiveType(name);
            case "Typedef":
                TypeModel aliased = Of(element);
                return aliased is PrimitiveType ? new AliasType(name, aliased) : aliased;
            default:
                throw new GenerationException($"castxml: no rule for {element.Name.LocalName} {name}");
        }
    }
}
