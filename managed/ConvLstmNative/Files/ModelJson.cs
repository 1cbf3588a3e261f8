using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>Descriptions as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SequenceModelOptions))]
[JsonSerializable(typeof(OptimizerOptions))]
internal sealed partial class ModelJson : JsonSerializerContext;
