namespace ConvLstmNative;

/// <summary>How exactly the layers of a context compute in 32-bit floats.</summary>
public enum ComputePolicy
{
    /// <summary>The fastest way. Convolutions may go by Winograd's minimal filtering, whose rounding errors are some times
    /// larger: outputs of a layer stay within 1e-5 of the largest one after 20 steps.</summary>
    Fast = 0,

    /// <summary>Every product of a convolution is computed as it stands.</summary>
    Exact = 1,
}
