namespace ConvLstmNative;

/// <summary>Description of a <see cref="SpatioTemporalLstm"/> layer.</summary>
public sealed record SpatioTemporalLstmOptions : RecurrentOptions
{
    /// <summary>Added to the pre-activations of the two forget gates; not a parameter. Finite.</summary>
    public float ForgetBias { get; init; }
}
