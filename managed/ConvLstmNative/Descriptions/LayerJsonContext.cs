using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>Serializers of layer descriptions that need no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    Converters =
    [
        typeof(SizesConverter),
        typeof(WordConverter<CellActivation>),
        typeof(WordConverter<ConvolutionPadding>),
        typeof(WordConverter<DirectionMerge>),
        typeof(WordConverter<GateActivation>),
        typeof(WordConverter<Normalization>),
        typeof(WordConverter<Peephole>),
        typeof(WordConverter<RecurrentDirection>),
        typeof(WordConverter<RecurrentOutput>),
        typeof(WordConverter<SequenceLayout>),
        typeof(WordConverter<SequenceMask>),
        typeof(WordConverter<Storage>),
    ])]
[JsonSerializable(typeof(ConvLstmOptions))]
[JsonSerializable(typeof(ConvGruOptions))]
[JsonSerializable(typeof(SpatioTemporalLstmOptions))]
internal sealed partial class LayerJsonContext : JsonSerializerContext;
