namespace ConvLstmNative;

/// <summary>Description of an optimizer.</summary>
public sealed record OptimizerOptions
{
    /// <summary>Which one.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <summary>Learning rate, at least 0.</summary>
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>SGD: momentum, 0 to below 1.</summary>
    public float Momentum { get; init; } = 0.9f;

    /// <summary>Adam: decay of the first moment, 0 to below 1.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>Adam: decay of the second moment, 0 to below 1.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Adam: added to the root of the second moment, above 0.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Gradients are scaled so that their Euclidean norm is at most this; 0 for no limit.</summary>
    public float MaxGradientNorm { get; init; }
}
