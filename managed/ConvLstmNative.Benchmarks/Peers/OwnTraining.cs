namespace ConvLstmNative.Benchmarks;

/// <summary>A training step of this library: forward with a tape that is used again and again, and the backward.</summary>
internal sealed class OwnTraining : OwnLayer
{
    private readonly Tensor _x;
    private readonly Tensor _y;
    private readonly Tensor _dy;
    private readonly TrainingTape _tape;

    public OwnTraining(Workload workload, ComputePolicy policy, NumberType type, int threads)
        : base(workload, policy, type, threads)
    {
        BenchmarkShape shape = workload.Shape;
        _x = Tensor.FromSpan(Context, workload.X, shape.Input.Dimensions());
        _y = Tensor.Create(Context, shape.Output.Dimensions());
        _dy = Tensor.FromSpan(Context, workload.OutputGradient, shape.Output.Dimensions());
        _tape = Layer.CreateTape(shape.Input);
    }

    public override void Run()
    {
        Layer.ZeroGradients();
        Layer.ForwardTraining(_x, Workload.Shape.Input, State, _tape, _y);
        Layer.Backward(_x, Workload.Shape.Input, _tape, _dy, dstate: null, dx: null);
    }

    public override IReadOnlyDictionary<string, float[]> Check()
    {
        ResetState();
        Run();
        Dictionary<string, float[]> gradients = [];
        foreach (LayerParameter parameter in Layer.Parameters)
            Layer.GetGradient(parameter.Name, gradients[parameter.Name] = new float[parameter.ElementCount]);
        return gradients;
    }

    public override void Dispose()
    {
        _tape.Dispose();
        _dy.Dispose();
        _y.Dispose();
        _x.Dispose();
        base.Dispose();
    }
}
