namespace ConvLstmNative;

/// <summary>What the products of convolutions are computed in on a GPU. Sums of products, cell states, sums of normalizations,
/// gradients by parameters, optimizers and the parameters themselves stay 32-bit floats.</summary>
public enum ComputeMath
{
    /// <summary>32-bit floats.</summary>
    Fp32 = 0,

    /// <summary>32-bit floats whose products may keep 10 bits of the fraction.</summary>
    Tf32 = 1,

    /// <summary>What convolutions read and give is rounded to bfloat16.</summary>
    Bf16 = 2,

    /// <summary>What convolutions read and give is rounded to 16-bit floats; gradients are scaled on the way back so that they
    /// neither vanish nor overflow.</summary>
    Fp16 = 3,
}
