using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace ConvLstmNative;

/// <summary>How descriptions are read and written as JSON.</summary>
internal static class ModelJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    // A file says everything: what it leaves out would silently become zero.
    private static readonly JsonSerializerOptions Complete = new(ModelJsonContext.Default.Options)
    {
        TypeInfoResolver = ((IJsonTypeInfoResolver)ModelJsonContext.Default).WithAddedModifier(type =>
        {
            foreach (JsonPropertyInfo property in type.Properties)
                property.IsRequired = true;
        }),
    };

    // The properties of a layer that the first files did not have.
    private static readonly string[] Added =
    [
        nameof(RecurrentLayerOptions.Cell), nameof(RecurrentLayerOptions.RecurrentDilation), nameof(RecurrentLayerOptions.RecurrentBias),
        nameof(RecurrentLayerOptions.ResetAfter), nameof(RecurrentLayerOptions.GateActivation), nameof(RecurrentLayerOptions.CellActivation),
        nameof(RecurrentLayerOptions.CellClip), nameof(RecurrentLayerOptions.Normalization),
        nameof(RecurrentLayerOptions.NormalizationGroupChannels), nameof(RecurrentLayerOptions.InputDropout),
        nameof(RecurrentLayerOptions.RecurrentDropout), nameof(RecurrentLayerOptions.Storage),
    ];

    /// <summary>Of an <see cref="OptimizerOptions"/>, none of whose properties may be missing.</summary>
    public static JsonTypeInfo<OptimizerOptions> Optimizer { get; } = Type<OptimizerOptions>();

    private static JsonTypeInfo<SequenceModelOptions> Model { get; } = Type<SequenceModelOptions>();

    /// <summary>The description with every property that it has.</summary>
    public static string Write(SequenceModelOptions options) => JsonSerializer.Serialize(options, Model);

    /// <summary>Reads a description, whose layers may be those of a file of an earlier version.</summary>
    /// <exception cref="JsonException">No JSON, or no description.</exception>
    public static SequenceModelOptions? ReadModel(string json)
    {
        JsonNode? description = JsonNode.Parse(json, nodeOptions: null, Strict);
        if (description is JsonObject properties && properties[nameof(SequenceModelOptions.Layers)] is JsonArray layers)
        {
            foreach (JsonObject layer in layers.OfType<JsonObject>())
                AddDefaults(layer);
        }

        return description.Deserialize(Model);
    }

    private static void AddDefaults(JsonObject layer)
    {
        RecurrentLayerOptions usual = new() { HiddenChannels = 1 };
        JsonObject defaults = JsonSerializer.SerializeToNode(usual, Type<RecurrentLayerOptions>())!.AsObject();
        foreach (string name in Added)
        {
            if (!layer.ContainsKey(name))
                layer[name] = defaults[name]!.DeepClone();
        }
    }

    private static JsonTypeInfo<T> Type<T>() => (JsonTypeInfo<T>)Complete.GetTypeInfo(typeof(T));
}
