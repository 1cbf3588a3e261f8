namespace ConvLstmNative;

/// <summary>How the gates of a ConvLSTM see the cell state.</summary>
public enum Peephole
{
    /// <summary>They do not.</summary>
    None = 0,

    /// <summary>One weight for each of the gates i, f, o and each hidden channel.</summary>
    PerChannel = 1,

    /// <summary>One weight for each of the gates i, f, o and each element of the state: the layer has a fixed size.</summary>
    PerPixel = 2,
}
