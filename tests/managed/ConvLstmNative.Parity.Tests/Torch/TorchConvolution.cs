using TorchSharp;
using static TorchSharp.torch.nn.functional;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>Convolutions and gates in libtorch's functions.</summary>
internal static class TorchConvolution
{
    /// <summary>kernel ∗ source, zeros around the source put there by hand.</summary>
    public static Tensor Apply(this Convolution convolution, Tensor source, Tensor kernel)
    {
        int rank = convolution.Kernel.Rank;
        long[] zeros = new long[2 * rank]; // from the last dimension to the first
        for (int k = 0; k < rank; k++)
            (zeros[2 * (rank - 1 - k)], zeros[(2 * (rank - 1 - k)) + 1]) = (convolution.Before[k], convolution.After[k]);
        Tensor padded = pad(source, zeros, PaddingModes.Constant, 0);
        long[] stride = convolution.Stride.ToLongs();
        long[] dilation = convolution.Dilation.ToLongs();
        return rank switch
        {
            1 => conv1d(padded, kernel, null, stride[0], 0, dilation[0]),
            2 => conv2d(padded, kernel, null, stride, [0, 0], dilation),
            _ => conv3d(padded, kernel, null, stride, [0, 0, 0], dilation),
        };
    }

    /// <summary>The same, each gate seeing the source times factors of its own.</summary>
    public static Tensor Apply(this Convolution convolution, Tensor source, Tensor kernel, Tensor[]? factors)
    {
        if (factors is null)
            return convolution.Apply(source, kernel);
        Tensor[] rows = torch.chunk(kernel, factors.Length, 0);
        return torch.cat([.. rows.Select((row, gate) => convolution.Apply(source * factors[gate], row))], 1);
    }

    public static Tensor Gate(GateFunction function, Tensor v) => function switch
    {
        GateFunction.HardSigmoidKeras2 => ((0.2 * v) + 0.5).clamp(0, 1),
        GateFunction.HardSigmoidKeras3 => ((v / 6) + 0.5).clamp(0, 1),
        _ => torch.sigmoid(v),
    };

    public static Tensor Cell(CellFunction function, Tensor v) => function switch
    {
        CellFunction.Relu => torch.nn.functional.relu(v),
        CellFunction.Sigmoid => torch.sigmoid(v),
        CellFunction.Linear => v,
        _ => torch.tanh(v),
    };
}
