namespace ConvLstmNative;

/// <summary>Kinds of optimizer.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd = 0,

    /// <summary>Adam (Kingma and Ba 2015, algorithm 1).</summary>
    Adam = 1,
}
