using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>How one layer runs in one direction.</summary>
public sealed record CellPlan
{
    /// <summary>Which layer of a stack, from 0 at the bottom.</summary>
    public required int Layer { get; init; }

    /// <summary>Which way through time: forward or reverse.</summary>
    public required RecurrentDirection Direction { get; init; }

    /// <summary>Its cell, channels, kernels, and what else differs from the defaults, in one line.</summary>
    public required string Description { get; init; }

    /// <summary>Sizes of its input, as many as the rank.</summary>
    public required IReadOnlyList<int> InputSize { get; init; }

    /// <summary>Name of the executor, such as "winograd_fused".</summary>
    public required string Executor { get; init; }

    /// <summary>Who chose the executor.</summary>
    public required ExecutorChoice ChosenBy { get; init; }

    /// <summary>Those before it in the device's list, and why they were not taken.</summary>
    public required IReadOnlyList<PassedOverExecutor> PassedOver { get; init; }

    /// <summary>How the convolutions are computed, such as "Winograd F(4x4, 3x3)".</summary>
    public required string Algorithm { get; init; }

    /// <summary>How the work is cut among threads and for the caches, in words.</summary>
    public required string Tiling { get; init; }

    /// <summary>The same in numbers, whose names depend on the algorithm.</summary>
    public required IReadOnlyDictionary<string, long> TilingNumbers { get; init; }

    /// <summary>How the convolution of the input is computed.</summary>
    [JsonPropertyName("input")]
    public required InputComputation InputComputation { get; init; }

    /// <summary>Bytes of the kernels as the products read them: shared by all shapes that the layer runs.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Bytes of working memory that inference takes; without what cuDNN works in.</summary>
    public required long WorkBytes { get; init; }

    /// <summary>Multiply-adds of all convolutions, as the equations have them; those with zeros of the padding count.</summary>
    public required double MultiplyAdds { get; init; }

    /// <summary>Multiply-adds that are computed: Winograd saves some, edges of tiles and of vectors add some.</summary>
    public required double ComputedMultiplyAdds { get; init; }

    /// <summary>What other executors and tilings, and these ones, would compute, as far as it is known.</summary>
    public required IReadOnlyList<PlanEstimate> Estimates { get; init; }
}
