namespace ConvLstmNative.Benchmarks;

/// <summary>Inference by this library, from caller's memory to caller's memory. Every run goes on from the state of the last:
/// nothing is copied for it.</summary>
internal sealed class OwnInference(Workload workload, ComputePolicy policy, NumberType type, int threads)
    : OwnLayer(workload, policy, type, threads)
{
    private readonly float[] _y = new float[workload.Shape.Output.ElementCount];

    public override void Run() => Layer.Forward(Workload.X, Workload.Shape.Input, State, _y);

    public override IReadOnlyDictionary<string, float[]> Check()
    {
        ResetState();
        Run();
        return new Dictionary<string, float[]> { ["y"] = [.. _y] };
    }
}
