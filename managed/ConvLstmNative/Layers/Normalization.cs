namespace ConvLstmNative;

/// <summary>Normalization of what the gates see; mean and variance are those of each image of the batch.</summary>
public enum Normalization
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Group normalization (Wu and He 2018) of the sum of the convolutions and the biases, with a scale and a shift for
    /// each channel. A ConvGRU normalizes z and r together, and n apart. Not where its reset gate acts after the convolution,
    /// and not for an ST-LSTM.</summary>
    Group = 1,

    /// <summary>Layer normalization (Ba et al. 2016) of each convolution apart, over all its channels and pixels, before the sum
    /// and the biases, with a scale and a shift for each element: the layer has a fixed size.</summary>
    Layer = 2,
}
