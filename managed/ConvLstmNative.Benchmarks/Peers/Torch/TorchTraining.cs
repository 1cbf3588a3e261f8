using TorchSharp;

namespace ConvLstmNative.Benchmarks;

/// <summary>A training step of TorchSharp: forward, and backward of the sum of y·dy by autograd.</summary>
internal sealed class TorchTraining : TorchContender
{
    private readonly torch.Tensor[] _dy;

    public TorchTraining(Workload workload, TorchForm form, NumberType type)
        : base(workload, form, type, isTraining: true)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _dy = [.. Enumerable.Range(0, workload.Shape.Steps).Select(
            t => Lay(workload.Step(workload.OutputGradient, t), workload.Shape.HiddenChannels))];
    }

    public override void Run()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ClearGradients();
        torch.autograd.backward(Forward(isTraining: true, isStreaming: false), _dy);
    }

    public override IReadOnlyDictionary<string, float[]> Check()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Run();
        return TakeGradients();
    }

    public override void Dispose()
    {
        foreach (torch.Tensor step in _dy)
            step.Dispose();
        base.Dispose();
    }
}
