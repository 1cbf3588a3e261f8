using TorchSharp;

namespace ConvLstmNative.Benchmarks;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>A stack in libtorch's functions, with its sequence.</summary>
internal abstract class TorchContender : Contender
{
    /// <summary>The name of TorchSharp among the peers.</summary>
    public const string Name = "TorchSharp";

    private readonly TorchForm _form;
    private readonly TorchLayer[] _layers;
    private readonly Tensor[] _frames;
    private readonly Tensor _allFrames;
    private readonly Tensor[] _hidden;
    private readonly Tensor[] _cell;

    protected TorchContender(Workload workload, TorchForm form, NumberType type, bool isTraining)
        : base(Name, form.ToString(), type)
    {
        Workload = workload;
        _form = form;
        ScalarType = type switch
        {
            NumberType.Bfloat16 => torch.ScalarType.BFloat16,
            NumberType.Float64 => torch.ScalarType.Float64,
            _ => torch.ScalarType.Float32,
        };
        BenchmarkShape shape = workload.Shape;
        using DisposeScope scope = torch.NewDisposeScope();
        _layers = [.. workload.Layers.Select((weights, index) =>
            new TorchLayer(shape, weights, shape.InputsOf(index), form, ScalarType, isTraining))];
        _frames = [.. Enumerable.Range(0, shape.Steps).Select(t => Lay(workload.Step(workload.X, t), shape.InputChannels))];
        _allFrames = TorchLayer.Lay(torch.cat(_frames, 0), form, ScalarType).DetachFromDisposeScope();
        _hidden = [.. workload.Layers.Select(weights => Lay(weights.Hidden, shape.HiddenChannels))];
        _cell = [.. workload.Layers.Select(weights => Lay(weights.Cell, shape.HiddenChannels))];
    }

    protected Workload Workload { get; }

    protected torch.ScalarType ScalarType { get; }

    public override void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[.. _frames, _allFrames, .. _hidden, .. _cell])
            tensor.Dispose();
        foreach (TorchLayer layer in _layers)
            layer.Dispose();
    }

    /// <summary>h of the top layer by step. All of it belongs to the caller's scope; a stream keeps its state.</summary>
    protected Tensor[] Forward(bool isTraining, bool isStreaming)
    {
        Tensor[] outputs = new Tensor[Workload.Shape.Steps];
        Tensor[] h = [.. _hidden];
        Tensor[] c = [.. _cell];
        Tensor? fromInput = _form.IsSplit ? _layers[0].FromInput(_allFrames) : null;
        long batch = Workload.Shape.Batch;
        for (int t = 0; t < outputs.Length; t++)
        {
            Tensor x = fromInput is null ? _frames[t] : fromInput.narrow(0, t * batch, batch);
            for (int layer = 0; layer < _layers.Length; layer++)
            {
                if (layer > 0 && _form.IsSplit)
                    x = _layers[layer].FromInput(x);
                (h[layer], c[layer]) = _layers[layer].Step(x, h[layer], c[layer], isTraining);
                x = h[layer];
            }

            outputs[t] = x;
        }

        if (isStreaming)
            Keep(h, c);
        return outputs;
    }

    /// <summary>A tensor (N, channels, H, W) of the caller's numbers that outlives the scope.</summary>
    protected Tensor Lay(float[] values, int channels)
    {
        BenchmarkShape shape = Workload.Shape;
        return TorchLayer.Lay(torch.tensor(values, [shape.Batch, channels, shape.Size, shape.Size]), _form, ScalarType).DetachFromDisposeScope();
    }

    protected static float[] Values(Tensor tensor) => tensor.detach().to_type(torch.ScalarType.Float32).contiguous().data<float>().ToArray();

    /// <summary>The gradients by the library's names, and cleared.</summary>
    protected Dictionary<string, float[]> TakeGradients()
    {
        Dictionary<string, float[]> gradients = [];
        for (int index = 0; index < _layers.Length; index++)
        {
            string prefix = _layers.Length > 1 ? $"layers.{index}." : string.Empty;
            Tensor[] parameters = _layers[index].Parameters;
            long inputs = Workload.Shape.InputsOf(index);
            Tensor first = parameters[0].grad!;
            gradients[prefix + "input_kernel"] = Values(first.narrow(1, 0, inputs));
            gradients[prefix + "recurrent_kernel"] = Values(
                _form.IsSplit ? parameters[1].grad! : first.narrow(1, inputs, Workload.Shape.HiddenChannels));
            gradients[prefix + "bias"] = Values(parameters[^1].grad!);
        }

        return gradients;
    }

    protected void ClearGradients()
    {
        foreach (Tensor parameter in _layers.SelectMany(layer => layer.Parameters))
            parameter.grad = null;
    }

    private void Keep(Tensor[] h, Tensor[] c)
    {
        for (int layer = 0; layer < h.Length; layer++)
        {
            _hidden[layer].Dispose();
            _cell[layer].Dispose();
            _hidden[layer] = h[layer].DetachFromDisposeScope();
            _cell[layer] = c[layer].DetachFromDisposeScope();
        }
    }
}
