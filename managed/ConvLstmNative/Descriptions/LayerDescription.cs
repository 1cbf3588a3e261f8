using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace ConvLstmNative;

/// <summary>
/// Descriptions of recurrent layers as JSON: an object whose <c>cell</c> is <c>conv_lstm</c>, <c>conv_gru</c> or <c>st_lstm</c>, and
/// whose other properties are those of the cell's options in snake case. Properties that are not there have their defaults;
/// unknown ones are refused. Sizes are a number, or a list with a number for each dimension in the order D, H, W.
/// </summary>
public static class LayerDescription
{
    private const string CellKey = "cell";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, TypeInfoResolver = LayerJsonContext.Default };

    private static readonly Cell[] Cells =
    [
        new Cell<ConvLstmOptions>("conv_lstm", new() { InputChannels = 0, HiddenChannels = 1 }, LayerJsonContext.Default.ConvLstmOptions),
        new Cell<ConvGruOptions>("conv_gru", new() { InputChannels = 0, HiddenChannels = 1 }, LayerJsonContext.Default.ConvGruOptions),
        new Cell<SpatioTemporalLstmOptions>(
            "st_lstm", new() { InputChannels = 0, HiddenChannels = 1 }, LayerJsonContext.Default.SpatioTemporalLstmOptions),
    ];

    private static readonly string[] Required = ["input_channels", "hidden_channels"];

    /// <summary>Reads a description.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What to call it in an error: the file that it came from.</param>
    /// <returns>The options of the cell. Whether a layer can have their values is seen when it is created.</returns>
    /// <exception cref="ModelFormatException">No JSON, or no description.</exception>
    public static RecurrentOptions Parse(string json, string source = "description")
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentException.ThrowIfNullOrEmpty(source);
        try
        {
            if (JsonNode.Parse(json, nodeOptions: null, Strict) is not JsonObject properties)
                throw new ModelFormatException(source, "layer", "a JSON object", "something else");
            Cell cell = TakeCell(properties, source);
            if (Required.FirstOrDefault(name => !properties.ContainsKey(name)) is { } missing)
                throw new ModelFormatException(source, missing, "a number", "nothing");
            cell.AddDefaults(properties);
            return cell.Read(properties);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            string part = error is JsonException { Path: ['$', '.', .. string property] } ? property : "layer";
            throw new ModelFormatException(source, part, "a description as JSON", error.Message.ReplaceLineEndings(" "), error);
        }
    }

    /// <summary>Reads a description from a file.</summary>
    /// <exception cref="ModelFormatException">No JSON, or no description.</exception>
    public static RecurrentOptions Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Writes a description with every property that it has.</summary>
    /// <param name="options">The options of a layer.</param>
    /// <param name="isIndented">Whether there is a line for each property.</param>
    public static string Format(RecurrentOptions options, bool isIndented = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        JsonObject properties = Properties(options);
        return isIndented ? properties.ToJsonString(Readable) : properties.ToJsonString();
    }

    /// <summary>The description as an object, cell first.</summary>
    internal static JsonObject Properties(RecurrentOptions options)
    {
        Cell cell = Array.Find(Cells, cell => cell.Type == options.GetType())
            ?? throw new ArgumentException($"expected the options of a layer, got {options.GetType()}", nameof(options));
        JsonObject properties = cell.Write(options);
        properties.Insert(0, CellKey, cell.Name);
        return properties;
    }

    private static Cell TakeCell(JsonObject properties, string source)
    {
        string names = string.Join(", ", Cells.Select(cell => cell.Name));
        JsonNode? given = properties[CellKey];
        properties.Remove(CellKey);
        string? name = given?.GetValueKind() == JsonValueKind.String ? given.GetValue<string>() : null;
        return Array.Find(Cells, cell => cell.Name == name)
            ?? throw new ModelFormatException(source, CellKey, $"one of {names}", given?.ToJsonString() ?? "nothing");
    }

    /// <summary>A cell: its word and its options.</summary>
    private abstract class Cell(string name, Type type)
    {
        public string Name { get; } = name;

        public Type Type { get; } = type;

        public abstract RecurrentOptions Read(JsonObject properties);

        public abstract JsonObject Write(RecurrentOptions options);

        /// <summary>What is missing would otherwise become zero, not its default.</summary>
        public abstract void AddDefaults(JsonObject properties);
    }

    private sealed class Cell<T>(string name, T defaults, JsonTypeInfo<T> type) : Cell(name, typeof(T))
        where T : RecurrentOptions
    {
        public override RecurrentOptions Read(JsonObject properties) =>
            properties.Deserialize(type) ?? throw new JsonException("Expected a JSON object.");

        public override JsonObject Write(RecurrentOptions options) => JsonSerializer.SerializeToNode((T)options, type)!.AsObject();

        public override void AddDefaults(JsonObject properties)
        {
            foreach ((string key, JsonNode? value) in Write(defaults))
            {
                if (!properties.ContainsKey(key))
                    properties[key] = value!.DeepClone();
            }
        }
    }
}
