namespace ConvLstmNative.Benchmarks;

/// <summary>This library, through its public API.</summary>
internal abstract class OwnLayer : Contender
{
    /// <summary>The name of this library among the contenders.</summary>
    public const string Name = "ConvLstmNative";

    protected OwnLayer(Workload workload, ComputePolicy policy, NumberType type, int threads)
        : base(Name, policy.ToString(), type)
    {
        Workload = workload;
        BenchmarkShape shape = workload.Shape;
        Context = Context.Cpu(threads, policy);
        Layer = new ConvLstm(
            Context, shape.Layer with { Storage = type == NumberType.Bfloat16 ? Storage.Bfloat16 : Storage.Float32 });
        for (int index = 0; index < shape.Layers; index++)
        {
            LayerWeights weights = workload.Layers[index];
            Layer.SetParameter(Prefix(index) + "input_kernel", weights.InputKernel);
            Layer.SetParameter(Prefix(index) + "recurrent_kernel", weights.RecurrentKernel);
            Layer.SetParameter(Prefix(index) + "bias", weights.Bias);
        }

        State = Layer.CreateState(shape.Input);
        Executor = Layer.ExecutorFor(shape.Input);
    }

    public ComputePolicy Policy => Context.Policy;

    public string Executor { get; }

    public string InstructionSet => Context.InstructionSet;

    protected Workload Workload { get; }

    protected Context Context { get; }

    protected ConvLstm Layer { get; }

    protected RecurrentState State { get; }

    public override void Dispose()
    {
        State.Dispose();
        Layer.Dispose();
        Context.Dispose();
    }

    protected void ResetState()
    {
        for (int index = 0; index < Workload.Shape.Layers; index++)
        {
            State.SetPart(Prefix(index) + "h", Workload.Layers[index].Hidden);
            State.SetPart(Prefix(index) + "c", Workload.Layers[index].Cell);
        }
    }

    private string Prefix(int index) => Workload.Shape.Layers > 1 ? $"layers.{index}." : string.Empty;
}
