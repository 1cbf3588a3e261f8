namespace ConvLstmNative;

/// <summary>The function of what is written into the state (g, g', n), and of the cell state where h is made of it: h = o · act(c).</summary>
public enum CellActivation
{
    /// <summary>tanh(v).</summary>
    Tanh = 0,

    /// <summary>max(v, 0), its slope at 0 being 0.</summary>
    Relu = 1,

    /// <summary>1 / (1 + exp(−v)).</summary>
    Sigmoid = 2,

    /// <summary>v.</summary>
    Linear = 3,
}
