using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>CLN_CELL_CONV_LSTM.</summary>
internal sealed class TorchConvLstm(
    LayerCase layer, IReadOnlyDictionary<string, Tensor> parameters, Convolution input, Tensor[]? inputFactors, Tensor[]? hiddenFactors)
    : TorchCell(layer, parameters, input, inputFactors, hiddenFactors)
{
    public override Tensor[] Step(Tensor? x, Tensor[] state)
    {
        (Tensor h, Tensor c) = (state[0], state[1]);
        Tensor sum = FromInput(x, h) + FromState(h, "recurrent", HiddenFactors, 0, 4);
        Tensor[] pre = Split(GroupNorm(AddBias(AddBias(sum, "bias", 0, 4), "recurrent_bias", 0, 4), 0, 4));
        Tensor i = Gate(pre[0] + Peephole(0, c));
        Tensor f = Gate(pre[1] + Layer.ForgetBias + Peephole(1, c));
        Tensor next = (f * c) + (i * Act(pre[2]));
        if (Layer.CellClip > 0)
            next = next.clamp(-Layer.CellClip, Layer.CellClip);
        Tensor o = Gate(pre[3] + Peephole(2, next));
        return [o * Act(next), next];
    }

    private Tensor Peephole(int gate, Tensor c)
    {
        if (Find("peephole") is not { } weights)
            return torch.zeros_like(c);
        Tensor weight = weights[gate].unsqueeze(0);
        return c * (Layer.Peephole == PeepholeKind.PerPixel ? weight : weight.view([1, -1, .. Enumerable.Repeat(1L, Layer.Rank)]));
    }
}
