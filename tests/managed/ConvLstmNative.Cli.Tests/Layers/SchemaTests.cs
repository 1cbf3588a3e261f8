using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

/// <summary>The JSON Schema of layers against the descriptions that are read, and the examples against both.</summary>
public class SchemaTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Schemas");

    private static JsonObject Schema => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "layer.schema.json")))!.AsObject();

    internal static IEnumerable<string> Examples() =>
        Directory.GetFiles(Path.Combine(Folder, "examples"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    internal static string ExamplePath(string name) => Path.Combine(Folder, "examples", name + ".json");

    [TestCase(typeof(ConvLstmOptions), 0, "conv_lstm")]
    [TestCase(typeof(ConvGruOptions), 1, "conv_gru")]
    [TestCase(typeof(SpatioTemporalLstmOptions), 2, "st_lstm")]
    public void Schema_Properties_AreThoseOfTheOptionsWithTheirWordsAndDefaults(Type type, int form, string cell)
    {
        JsonObject own = Schema["oneOf"]![form]!["properties"]!.AsObject();
        Assert.That(own["cell"]!["const"]!.ToString(), Is.EqualTo(cell));
        Dictionary<string, JsonNode> all = Schema["properties"]!.AsObject().Concat(own.Where(property => property.Key != "cell"))
            .ToDictionary(property => property.Key, property => property.Value!);
        PropertyInfo[] properties = type.GetProperties();
        Assert.That(all.Keys, Is.EquivalentTo(properties.Select(property => Snake(property.Name)).Append("cell")));

        RecurrentOptions usual = LayerDescription.Parse($$"""{"cell": "{{cell}}", "input_channels": 1, "hidden_channels": 1}""");
        JsonObject defaults = JsonNode.Parse(LayerDescription.Format(usual))!.AsObject();
        foreach (PropertyInfo property in properties)
        {
            JsonNode rule = all[Snake(property.Name)];
            Assert.That(rule["description"]?.ToString(), Is.Not.Empty, property.Name);
            if (property.PropertyType.IsEnum)
                Assert.That(rule["enum"]!.AsArray().Select(word => word!.ToString()), Is.EqualTo(WordsOf(property.PropertyType)), property.Name);
            if (!property.Name.EndsWith("putChannels", StringComparison.Ordinal) && property.Name != "HiddenChannels")
                Assert.That(Same(rule["default"]!, defaults[Snake(property.Name)]!), Is.True, property.Name);
        }
    }

    [TestCaseSource(nameof(Examples))]
    public void Example_InTheSchema_IsValidAndRead(string name)
    {
        string text = File.ReadAllText(ExamplePath(name));
        Assert.That(SchemaCheck.Errors(Schema, JsonNode.Parse(text)), Is.Empty);
        string complete = LayerDescription.Format(LayerDescription.Parse(text, name));
        Assert.That(SchemaCheck.Errors(Schema, JsonNode.Parse(complete)), Is.Empty);
    }

    [TestCase("{}")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1}""")]
    [TestCase("""{"cell": "lstm", "input_channels": 1, "hidden_channels": 2}""")]
    [TestCase("""{"cell": "conv_gru", "input_channels": 1, "hidden_channels": 2, "peephole": "none"}""")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "kernel": 3}""")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "padding": "same"}""")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 0}""")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "fixed_size": [1, 2, 3, 4]}""")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "input_dropout": 1}""")]
    public void Schema_NoDescription_IsRefused(string text) =>
        Assert.That(SchemaCheck.Errors(Schema, JsonNode.Parse(text)), Is.Not.Empty);

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static IEnumerable<string> WordsOf(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? Snake(field.Name));

    // Numbers may be spelt in several ways.
    private static bool Same(JsonNode one, JsonNode other) => one.GetValueKind() == JsonValueKind.Number
        ? (float)one.GetValue<double>() == (float)double.Parse(other.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
        : JsonNode.DeepEquals(one, other);
}
