using System.Diagnostics.CodeAnalysis;

namespace ConvLstmNative;

/// <summary>How what the convolutions of a layer read is stored.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "These are the formats' own names.")]
public enum Storage
{
    /// <summary>32-bit floats.</summary>
    Float32 = 0,

    /// <summary>bfloat16: kernels, inputs, hidden states and whatever else a convolution reads, and what a tape keeps of the
    /// gates. Sums, cell states, normalization, biases, peepholes, the parameters themselves, their gradients and everything
    /// that crosses this interface stay 32-bit floats.</summary>
    Bfloat16 = 1,
}
