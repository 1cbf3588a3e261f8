namespace ConvLstmNative;

/// <summary>The function of g, and of the new cell state where the hidden state is made of it: h = o · act(c).</summary>
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
