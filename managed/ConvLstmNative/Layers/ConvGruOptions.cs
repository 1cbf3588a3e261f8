namespace ConvLstmNative;

/// <summary>Description of a <see cref="ConvGru"/> layer.</summary>
public sealed record ConvGruOptions : RecurrentOptions
{
    /// <summary>Whether the reset gate acts after the recurrent convolution of n, n = act(Wx∗x + b + r∘(Wh∗h + b')), and not before
    /// it, n = act(Wx∗x + Wh∗(r∘h) + b). b' is the recurrent bias.</summary>
    public bool ResetAfter { get; init; }
}
