using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>Forward and autograd in 64-bit floats.</summary>
internal static class TorchRun
{
    public static Outcome Run(LayerCase layer, Numbers numbers)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> parameters = numbers.Parameters.ToDictionary(
            parameter => parameter.Key, parameter => Leaf(parameter.Value.Values, parameter.Value.Shape));
        Tensor? x = layer.HasInput ? Leaf(numbers.X, layer.SequenceShape(layer.InputSteps, layer.InputChannels, layer.Size)) : null;
        long[] partShape = [layer.Batch, layer.HiddenChannels, .. layer.Grid.ToLongs()];
        Tensor[] initial = Array.ConvertAll(numbers.Initial, part => Leaf(part, partShape));
        (Tensor y, Tensor[] state) = new TorchLayer(layer, parameters).Run(x, initial);

        Tensor loss = (y * Constant(numbers.OutputGradient, y.shape)).sum();
        for (int part = 0; part < state.Length; part++)
            loss += (state[part] * Constant(numbers.StateGradient[part], partShape)).sum();
        if (loss.requires_grad)
            loss.backward();

        Outcome outcome = new() { ["y"] = Values(y) };
        if (x is not null)
            outcome["dx"] = Gradient(x);
        for (int part = 0; part < state.Length; part++)
        {
            outcome[$"state.{part}"] = Values(state[part]);
            outcome[$"dstate.{part}"] = Gradient(initial[part]);
        }

        foreach ((string name, Tensor parameter) in parameters)
            outcome[name] = Gradient(parameter);
        return outcome;
    }

    private static Tensor Constant(float[] values, long[] shape) => torch.tensor(Array.ConvertAll(values, value => (double)value), shape);

    private static Tensor Leaf(float[] values, long[] shape) => Constant(values, shape).requires_grad_();

    private static double[] Values(Tensor tensor) => tensor.detach().contiguous().data<double>().ToArray();

    private static double[] Gradient(Tensor leaf) => leaf.grad is { } gradient ? Values(gradient) : new double[leaf.numel()];
}
