using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>CLN_CELL_CONV_GRU and CLN_CELL_CONV_GRU_RESET_AFTER.</summary>
internal sealed class TorchConvGru(
    LayerCase layer, IReadOnlyDictionary<string, Tensor> parameters, Convolution input, Tensor[]? inputFactors, Tensor[]? hiddenFactors)
    : TorchCell(layer, parameters, input, inputFactors, hiddenFactors)
{
    public override Tensor[] Step(Tensor? x, Tensor[] state)
    {
        Tensor h = state[0];
        Tensor a = AddBias(FromInput(x, h), "bias", 0, 3);
        return Layer.Cell == Cell.ConvGru ? [ResetBefore(a, h)] : [ResetAfter(a, h)];
    }

    private Tensor ResetBefore(Tensor a, Tensor h)
    {
        Tensor sum = Rows(a, 1, 0, 2) + FromState(h, "recurrent", HiddenFactors, 0, 2);
        Tensor[] pre = Split(GroupNorm(AddBias(sum, "recurrent_bias", 0, 2), 0, 2));
        (Tensor z, Tensor r) = (Gate(pre[0]), Gate(pre[1]));
        Tensor candidate = Rows(a, 1, 2, 1) + FromState(r * h, "recurrent", HiddenFactors, 2, 1);
        Tensor n = Act(GroupNorm(AddBias(candidate, "recurrent_bias", 2, 1), 2, 1));
        return (z * h) + ((1 - z) * n);
    }

    private Tensor ResetAfter(Tensor a, Tensor h)
    {
        Tensor[] fromInput = Split(a);
        Tensor[] fromState = Split(AddBias(FromState(h, "recurrent", HiddenFactors, 0, 3), "recurrent_bias", 0, 3));
        Tensor z = Gate(fromInput[0] + fromState[0]);
        Tensor r = Gate(fromInput[1] + fromState[1]);
        Tensor n = Act(fromInput[2] + (r * fromState[2]));
        return (z * h) + ((1 - z) * n);
    }
}
