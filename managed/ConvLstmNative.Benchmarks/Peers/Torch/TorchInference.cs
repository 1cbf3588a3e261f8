using TorchSharp;

namespace ConvLstmNative.Benchmarks;

/// <summary>Inference by TorchSharp in inference mode; the steps of y stay apart, so that nothing is copied.</summary>
internal sealed class TorchInference(Workload workload, TorchForm form, NumberType type) : TorchContender(workload, form, type, isTraining: false)
{
    public override void Run()
    {
        using IDisposable mode = torch.inference_mode(true);
        using DisposeScope scope = torch.NewDisposeScope();
        Forward(isTraining: false, Workload.Shape.IsStreaming);
    }

    public override IReadOnlyDictionary<string, float[]> Check()
    {
        using IDisposable mode = torch.inference_mode(true);
        using DisposeScope scope = torch.NewDisposeScope();
        float[][] steps = [.. Forward(isTraining: false, isStreaming: false).Select(Values)];
        return new Dictionary<string, float[]> { ["y"] = Workload.Join(steps) };
    }
}
