using TorchSharp;
using static TorchSharp.torch.nn.functional;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>One layer in one direction: what a step does, in libtorch's functions and the words of the C header.</summary>
/// <param name="layer">The case.</param>
/// <param name="parameters">Those of this layer and direction, by their names.</param>
/// <param name="input">The convolution over the input.</param>
/// <param name="inputFactors">Dropout of the input by gate.</param>
/// <param name="hiddenFactors">Dropout of h by gate.</param>
internal abstract class TorchCell(
    LayerCase layer, IReadOnlyDictionary<string, Tensor> parameters, Convolution input, Tensor[]? inputFactors, Tensor[]? hiddenFactors)
{
    private readonly Convolution _recurrent = Convolution.Same(layer.RecurrentKernel, layer.RecurrentDilation);

    protected LayerCase Layer => layer;

    protected Tensor[]? HiddenFactors => hiddenFactors;

    /// <summary>The state after a step. <paramref name="x"/> null: the step has no input.</summary>
    public abstract Tensor[] Step(Tensor? x, Tensor[] state);

    public static TorchCell Create(
        LayerCase layer, IReadOnlyDictionary<string, Tensor> parameters, Convolution input, Tensor[]? inputFactors, Tensor[]? hiddenFactors) =>
        layer.Cell switch
        {
            Cell.ConvLstm => new TorchConvLstm(layer, parameters, input, inputFactors, hiddenFactors),
            Cell.SpatioTemporalLstm => new TorchSpatioTemporalLstm(layer, parameters, input, inputFactors, hiddenFactors),
            _ => new TorchConvGru(layer, parameters, input, inputFactors, hiddenFactors),
        };

    protected Tensor Parameter(string name) => parameters[name];

    protected Tensor? Find(string name) => parameters.GetValueOrDefault(name);

    protected Tensor Gate(Tensor v) => TorchConvolution.Gate(layer.Gate, v);

    protected Tensor Act(Tensor v) => TorchConvolution.Cell(layer.CellFunction, v);

    /// <summary>Wx∗x, normalized where layers are; zeros in a step without input.</summary>
    protected Tensor FromInput(Tensor? x, Tensor hidden) => x is null
        ? torch.zeros([hidden.shape[0], layer.Cell.InputGates() * layer.HiddenChannels, .. hidden.shape[2..]], torch.float64)
        : LayerNorm(input.Apply(x, Parameter("input_kernel"), inputFactors), "input");

    /// <summary>A convolution over a state by the rows of a kernel, normalized where layers are.</summary>
    protected Tensor FromState(Tensor source, string name, Tensor[]? factors, int from, int gates) =>
        LayerNorm(_recurrent.Apply(source, Rows(Parameter($"{name}_kernel"), 0, from, gates), factors?[from..(from + gates)]), name, from, gates);

    /// <summary>v with the bias, and the second bias, of gates of the same number in both.</summary>
    protected Tensor AddBias(Tensor v, string name, int from, int gates) => Find(name) is { } bias
        ? v + Rows(bias, 0, from, gates).view([1, -1, .. Enumerable.Repeat(1L, layer.Rank)])
        : v;

    /// <summary>Group normalization over rows that belong together, where the layer has it.</summary>
    protected Tensor GroupNorm(Tensor v, int from, int gates) => layer.Normalization != NormalizationKind.Group ? v : group_norm(
        v,
        gates * layer.HiddenChannels / layer.GroupChannels,
        Rows(Parameter("norm_scale"), 0, from, gates),
        Rows(Parameter("norm_shift"), 0, from, gates),
        layer.NormEpsilon);

    /// <summary>Rows of gates of F channels.</summary>
    protected Tensor Rows(Tensor v, int dimension, int from, int gates) =>
        v.narrow(dimension, from * layer.HiddenChannels, gates * layer.HiddenChannels);

    /// <summary>Gate by gate.</summary>
    protected Tensor[] Split(Tensor v) => torch.chunk(v, v.shape[1] / layer.HiddenChannels, 1);

    private Tensor LayerNorm(Tensor v, string name, int from = 0, int gates = -1)
    {
        if (layer.Normalization != NormalizationKind.Layer)
            return v;
        Tensor scale = Parameter($"{name}_norm_scale");
        Tensor shift = Parameter($"{name}_norm_shift");
        if (gates > 0)
            (scale, shift) = (Rows(scale, 0, from, gates), Rows(shift, 0, from, gates));
        return layer_norm(v, v.shape[1..], scale, shift, layer.NormEpsilon);
    }
}
