using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>Serializers of descriptions that need no reflection.</summary>
[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SequenceModelOptions))]
[JsonSerializable(typeof(OptimizerOptions))]
internal sealed partial class ModelJsonContext : JsonSerializerContext;
