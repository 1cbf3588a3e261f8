namespace ConvLstmNative.Benchmarks;

/// <summary>Which peers take part, and in which of their forms.</summary>
/// <param name="Peers">Some of <see cref="Names"/>.</param>
/// <param name="Threads">For everybody.</param>
/// <param name="IsQuick">Whether only the forms that mostly win take part.</param>
internal sealed record PeerSelection(IReadOnlyCollection<string> Peers, int Threads, bool IsQuick)
{
    private const string Unrolled = "onnxruntime";
    private const string Scan = "onnxruntime-scan";
    private const string Torch = "torchsharp";

    public static IReadOnlyList<string> Names { get; } = [Unrolled, Scan, Torch];

    public bool HasTorch => Peers.Contains(Torch);

    public PeerSelection WithoutTorch() => this with { Peers = [.. Peers.Where(peer => peer != Torch)] };

    /// <summary>Every peer as the forms that it may take.</summary>
    public IEnumerable<IReadOnlyList<Func<Contender>>> Of(Workload workload, bool isTraining)
    {
        if (!isTraining && Peers.Contains(Unrolled))
            yield return Onnx(workload, isScan: false);
        if (!isTraining && !workload.Shape.IsStreaming && Peers.Contains(Scan)) // one step needs no loop
            yield return Onnx(workload, isScan: true);
        if (!HasTorch)
            yield break;
        yield return TorchForms(workload, NumberType.Float32, isTraining);
        yield return TorchForms(workload, NumberType.Bfloat16, isTraining);
    }

    /// <summary>What all are compared with: the same in 64-bit floats.</summary>
    public static Contender Reference(Workload workload, bool isTraining) =>
        CreateTorch(workload, TorchForm.All[0], NumberType.Float64, isTraining);

    private static Contender CreateTorch(Workload workload, TorchForm form, NumberType type, bool isTraining) =>
        isTraining ? new TorchTraining(workload, form, type) : new TorchInference(workload, form, type);

    private List<Func<Contender>> Onnx(Workload workload, bool isScan)
    {
        bool[] splits = IsQuick ? [false] : [false, true];
        return [.. splits.Select(isSplit => (Func<Contender>)(() => new OnnxInference(workload, new OnnxForm(isScan, isSplit), Threads)))];
    }

    private List<Func<Contender>> TorchForms(Workload workload, NumberType type, bool isTraining) =>
        [.. TorchForm.All.Where(form => !IsQuick || !form.IsChannelsLast || type == NumberType.Bfloat16)
            .Select(form => (Func<Contender>)(() => CreateTorch(workload, form, type, isTraining)))];
}
