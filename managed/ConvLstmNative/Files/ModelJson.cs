using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ConvLstmNative;

/// <summary>How descriptions are read and written as JSON.</summary>
internal static class ModelJson
{
    // A file says everything: what it leaves out would silently become zero.
    private static readonly JsonSerializerOptions Complete = new(ModelJsonContext.Default.Options)
    {
        TypeInfoResolver = ((IJsonTypeInfoResolver)ModelJsonContext.Default).WithAddedModifier(type =>
        {
            foreach (JsonPropertyInfo property in type.Properties)
                property.IsRequired = true;
        }),
    };

    /// <summary>Of a <see cref="SequenceModelOptions"/>, none of whose properties may be missing.</summary>
    public static JsonTypeInfo<SequenceModelOptions> Model { get; } = Type<SequenceModelOptions>();

    /// <summary>Of an <see cref="OptimizerOptions"/>, none of whose properties may be missing.</summary>
    public static JsonTypeInfo<OptimizerOptions> Optimizer { get; } = Type<OptimizerOptions>();

    private static JsonTypeInfo<T> Type<T>() => (JsonTypeInfo<T>)Complete.GetTypeInfo(typeof(T));
}
