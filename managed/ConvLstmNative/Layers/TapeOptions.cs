namespace ConvLstmNative;

/// <summary>How a <see cref="TrainingTape"/> bounds its memory, and how far gradients go back. Steps are counted in the direction
/// of the layer.</summary>
public sealed record TapeOptions
{
    /// <summary>K: only the state before every K-th step is kept, and the backward pass runs K steps at a time again. 0: everything
    /// is kept. Gradients are the same, those of parameters up to the order of their sums.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>Truncated backpropagation: the gradient by the state stops before steps K, 2K, and so on. 0: it does not stop.</summary>
    public int TruncateEvery { get; init; }
}
