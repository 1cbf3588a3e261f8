namespace ConvLstmNative;

/// <summary>The function of the gates that let pass. Where a hard sigmoid is cut off, at 0 or 1, its slope is 0.</summary>
public enum GateActivation
{
    /// <summary>1 / (1 + exp(−v)).</summary>
    Sigmoid = 0,

    /// <summary>min(max(0.2 v + 0.5, 0), 1): the hard sigmoid of Keras 1 and 2.</summary>
    HardSigmoidKeras2 = 1,

    /// <summary>min(max(v / 6 + 0.5, 0), 1): the hard sigmoid of Keras 3.</summary>
    HardSigmoidKeras3 = 2,
}
