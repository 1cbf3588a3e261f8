using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>Reads plans without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters =
    [
        typeof(WordConverter<ComputePolicy>),
        typeof(WordConverter<ExecutorChoice>),
        typeof(WordConverter<InputComputation>),
        typeof(WordConverter<RecurrentDirection>),
    ])]
[JsonSerializable(typeof(ExecutionPlan))]
internal sealed partial class PlanJsonContext : JsonSerializerContext;
