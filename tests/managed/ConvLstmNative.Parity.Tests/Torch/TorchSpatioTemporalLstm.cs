using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>CLN_CELL_ST_LSTM.</summary>
internal sealed class TorchSpatioTemporalLstm(
    LayerCase layer, IReadOnlyDictionary<string, Tensor> parameters, Convolution input, Tensor[]? inputFactors, Tensor[]? hiddenFactors)
    : TorchCell(layer, parameters, input, inputFactors, hiddenFactors)
{
    public override Tensor[] Step(Tensor? x, Tensor[] state)
    {
        (Tensor h, Tensor c, Tensor m) = (state[0], state[1], state[2]);
        Tensor[] a = Split(AddBias(FromInput(x, h), "bias", 0, 7));
        Tensor[] b = Split(AddBias(FromState(h, "recurrent", HiddenFactors, 0, 4), "recurrent_bias", 0, 4));
        Tensor[] d = Split(FromState(m, "memory", null, 0, 3));
        Tensor nextC = (Gate(a[1] + b[1] + Layer.ForgetBias) * c) + (Gate(a[0] + b[0]) * Act(a[2] + b[2]));
        Tensor nextM = (Gate(a[4] + d[1] + Layer.ForgetBias) * m) + (Gate(a[3] + d[0]) * Act(a[5] + d[2]));
        Tensor both = torch.cat([nextC, nextM], 1);
        Tensor o = Gate(a[6] + b[3] + FromState(both, "output", null, 0, 1));
        Extents one = new([.. Enumerable.Repeat(1, Layer.Rank)]);
        return [o * Act(Convolution.Same(one, one).Apply(both, Parameter("mixing_kernel"))), nextC, nextM];
    }
}
