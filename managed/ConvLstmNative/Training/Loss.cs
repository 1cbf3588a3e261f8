namespace ConvLstmNative;

/// <summary>Losses; each is a mean over all elements.</summary>
public enum Loss
{
    /// <summary>Mean of (p − y)².</summary>
    MeanSquaredError = 0,

    /// <summary>Mean of the cross-entropy of σ(p) and y: p is a logit, y in [0, 1].</summary>
    BinaryCrossEntropy = 1,
}
