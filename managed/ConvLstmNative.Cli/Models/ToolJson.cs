using System.Text.Json;
using System.Text.Json.Serialization;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The one way in which this tool writes JSON: camel case, choices in words, ranges and sizes as the options take them.</summary>
internal static class ToolJson
{
    /// <summary>For notes inside a model file.</summary>
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    /// <summary>For files that people read.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    private static JsonSerializerOptions Create(bool indented) => new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = indented,
        Converters =
        {
            new WordConverter<DataKind>(Words.DataKinds),
            new WordConverter<ValueScale>(Words.ValueScales),
            new WordConverter<MovingShapesKind>(Words.Shapes),
            new WordConverter<NpySequenceLayout>(Words.Layouts),
            new WordConverter<Peephole>(Words.Peepholes),
            new WordConverter<Loss>(Words.Losses),
            new TextConverter<IndexRange>(IndexRange.TryParse),
            new TextConverter<Extent>(Extent.TryParse),
        },
    };
}
