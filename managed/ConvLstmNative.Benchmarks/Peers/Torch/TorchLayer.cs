using TorchSharp;

namespace ConvLstmNative.Benchmarks;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>One layer of a stack in libtorch's functions: the parameters, and a step.</summary>
internal sealed class TorchLayer : IDisposable
{
    private static readonly long[] Ones = [1, 1];
    private readonly TorchForm _form;
    private readonly long[] _padding;
    private readonly long _hidden;

    public TorchLayer(BenchmarkShape shape, LayerWeights weights, int inputs, TorchForm form, torch.ScalarType type, bool isTraining)
    {
        _form = form;
        _padding = [shape.KernelSize / 2, shape.KernelSize / 2];
        _hidden = shape.HiddenChannels;
        long rows = 4 * _hidden;
        Tensor input = torch.tensor(weights.InputKernel, [rows, inputs, shape.KernelSize, shape.KernelSize]);
        Tensor recurrent = torch.tensor(weights.RecurrentKernel, [rows, _hidden, shape.KernelSize, shape.KernelSize]);
        Tensor[] kernels = form.IsSplit ? [input, recurrent] : [torch.cat([input, recurrent], 1)];
        Tensor[] leaves = [.. kernels.Select(kernel => Lay(kernel, form, type)), torch.tensor(weights.Bias).to_type(type)];
        Parameters = [.. leaves.Select(leaf => isTraining ? leaf.requires_grad_() : leaf)];
        foreach (Tensor parameter in Parameters)
            parameter.DetachFromDisposeScope();
    }

    /// <summary>Kernels, then the bias.</summary>
    public Tensor[] Parameters { get; }

    /// <summary>A tensor (N, C, H, W) in the layout and type of a form.</summary>
    public static Tensor Lay(Tensor tensor, TorchForm form, torch.ScalarType type)
    {
        Tensor typed = tensor.to_type(type);
        return form.IsChannelsLast ? typed.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : typed;
    }

    /// <summary>The input's convolution over (T·N, C, H, W); split form only.</summary>
    public Tensor FromInput(Tensor frames) => Convolve(frames, Parameters[0], Parameters[^1]);

    /// <summary>h and c after a step.</summary>
    /// <param name="x">(N, C, H, W), or in the split form what <see cref="FromInput"/> made of it.</param>
    /// <param name="h">Before the step.</param>
    /// <param name="c">Before the step.</param>
    /// <param name="isTraining">Whether values must stay for autograd.</param>
    public (Tensor H, Tensor C) Step(Tensor x, Tensor h, Tensor c, bool isTraining)
    {
        if (isTraining)
        {
            Tensor sums = _form.IsSplit
                ? Convolve(h, Parameters[1], null) + x
                : Convolve(torch.cat([x, h], 1), Parameters[0], Parameters[1]);
            Tensor[] gates = torch.chunk(sums, 4, 1);
            Tensor next = (torch.sigmoid(gates[1]) * c) + (torch.sigmoid(gates[0]) * torch.tanh(gates[2]));
            return (torch.sigmoid(gates[3]) * torch.tanh(next), next);
        }

        Tensor sum = _form.IsSplit
            ? Convolve(h, Parameters[1], null).add_(x)
            : Convolve(torch.cat([x, h], 1), Parameters[0], Parameters[1]);
        sum.narrow(1, 0, 2 * _hidden).sigmoid_();
        Tensor i = sum.narrow(1, 0, _hidden);
        Tensor f = sum.narrow(1, _hidden, _hidden);
        Tensor g = sum.narrow(1, 2 * _hidden, _hidden).tanh_();
        Tensor o = sum.narrow(1, 3 * _hidden, _hidden).sigmoid_();
        Tensor cell = (f * c).add_(i.mul_(g));
        return (cell.tanh().mul_(o), cell);
    }

    public void Dispose()
    {
        foreach (Tensor parameter in Parameters)
            parameter.Dispose();
    }

    private Tensor Convolve(Tensor source, Tensor kernel, Tensor? bias) =>
        torch.nn.functional.conv2d(source, kernel, bias, Ones, _padding, Ones);
}
