using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>Zero padding of the input convolution, for each dimension of size n with kernel k, stride s and dilation d.</summary>
public enum ConvolutionPadding
{
    /// <summary>n' = ceil(n / s), and max((n' − 1) s + (k − 1) d + 1 − n, 0) zeros: half of them, rounded down, before, the rest
    /// after.</summary>
    [JsonStringEnumMemberName("same_tensorflow")]
    SameTensorflow = 0,

    /// <summary>(k − 1) d zeros: half of them, rounded down, before, the rest after; n' = ceil(n / s). Where s is 1 this is
    /// <see cref="SameTensorflow"/>.</summary>
    [JsonStringEnumMemberName("same_pytorch")]
    SamePytorch = 1,

    /// <summary>None: n' = floor((n − (k − 1) d − 1) / s) + 1.</summary>
    Valid = 2,

    /// <summary>As many zeros before and after as the options say.</summary>
    Explicit = 3,
}
