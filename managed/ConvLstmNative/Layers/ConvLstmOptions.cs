namespace ConvLstmNative;

/// <summary>Description of a <see cref="ConvLstm"/> layer.</summary>
public sealed record ConvLstmOptions : RecurrentOptions
{
    /// <summary>How the gates see the cell state.</summary>
    public Peephole Peephole { get; init; }

    /// <summary>Added to the pre-activation of the forget gate; not a parameter. Finite.</summary>
    public float ForgetBias { get; init; }

    /// <summary>Bound of the cell state: after its update, before o and h look at it, c is cut off at ±this value, and the
    /// gradient passes inside the bound only. At least 0 and finite; 0: no bound.</summary>
    public float CellClip { get; init; }
}
