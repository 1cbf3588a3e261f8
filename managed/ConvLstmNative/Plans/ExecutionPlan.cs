using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>How a layer runs sequences of one shape, and why. The same for the same layer, shape and kind of context.</summary>
public sealed record ExecutionPlan
{
    /// <summary>Name of the device, such as "cpu".</summary>
    public required string Device { get; init; }

    /// <summary>What the kernels use, such as "avx512".</summary>
    public required string InstructionSet { get; init; }

    /// <summary>Threads that compute, the caller among them.</summary>
    public required int Threads { get; init; }

    /// <summary>How exactly the layer computes.</summary>
    public required ComputePolicy Policy { get; init; }

    /// <summary>Sequences, N.</summary>
    public required int Batch { get; init; }

    /// <summary>Steps, T: all multiply-adds are of so many.</summary>
    public required int Steps { get; init; }

    /// <summary>Sizes of the input, as many as the rank, the width last.</summary>
    public required IReadOnlyList<int> Size { get; init; }

    /// <summary>Bytes that a tape of training takes, with everything kept; 0 for a convolution.</summary>
    public required long ReserveBytes { get; init; }

    /// <summary>How inference runs the layers of a stack, in words: beside each other or one by one, and why. Null where the device
    /// knows one way alone.</summary>
    public string? Stack { get; init; }

    /// <summary>Each layer of a stack and each direction: from the bottom, the forward direction first.</summary>
    public required IReadOnlyList<CellPlan> Cells { get; init; }

    /// <summary>The plan as the native library tells it: JSON, as the C header describes it.</summary>
    [JsonIgnore]
    public string Json { get; private init; } = string.Empty;

    internal static ExecutionPlan Parse(string json)
    {
        ExecutionPlan plan = JsonSerializer.Deserialize(json, PlanJsonContext.Default.ExecutionPlan)
            ?? throw new InternalErrorException("plan: expected an object, got null");
        return plan with { Json = json };
    }
}
