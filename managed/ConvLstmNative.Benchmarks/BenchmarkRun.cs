using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>Everything that was asked for, shape by shape; the files are written anew after each, so that a run can be cut off.</summary>
internal sealed record BenchmarkRun(
    IReadOnlyCollection<string> Shapes,
    IReadOnlyCollection<string> Peers,
    bool IsQuick,
    bool HasInference,
    bool HasTraining,
    int Threads,
    DirectoryInfo Output)
{
    private static readonly TimeSpan Calibration = TimeSpan.FromSeconds(1);
    private readonly List<ResultRow> _inference = [];
    private readonly List<ResultRow> _training = [];
    private string _libtorch = "not asked for";

    /// <summary>Returns the exit code.</summary>
    public int Run()
    {
        Output.Create();
        PeerSelection peers = SelectPeers();
        FmaProbe probe = new(Threads);
        probe.Calibrate(Calibration);
        Machine machine = Machine.Describe(Threads, _libtorch, probe);
        Console.WriteLine($"{machine.Processor}, {machine.Processors} processors, {Threads} threads for everybody, {machine.InstructionSet}");
        Console.WriteLine($"ConvLstmNative {machine.Library}, ONNX Runtime {machine.OnnxRuntime}, libtorch {machine.Libtorch}, {machine.Dotnet}");
        Console.WriteLine(Invariant($"FMA peak {probe.Best:0.0} GFLOP/s in 32-bit floats, load average {machine.LoadAverage}"));

        bool isComplete = true;
        if (HasInference)
            isComplete &= RunAll("Inference", isTraining: false, _inference, peers, probe);
        if (HasTraining)
            isComplete &= RunAll("Training step", isTraining: true, _training, peers, probe);
        Console.WriteLine();
        Console.WriteLine(Invariant($"FMA peak {probe.Best:0.0} GFLOP/s; results in {Output.FullName}"));
        return isComplete ? 0 : 1;
    }

    private PeerSelection SelectPeers()
    {
        PeerSelection peers = new(Peers, Threads, IsQuick);
        if (!peers.HasTorch)
            return peers;
        if (TorchRuntime.Load(Threads) is not { } problem)
        {
            _libtorch = TorchRuntime.Version;
            return peers;
        }

        _libtorch = $"does not load: {problem}";
        Console.WriteLine($"TorchSharp does not load, the others go on: {problem}");
        Console.WriteLine("(Linux x64 and the libstdc++ of GCC 13 are needed; errors are then relative to this library in 32-bit floats)");
        return peers.WithoutTorch();
    }

    private bool RunAll(string title, bool isTraining, List<ResultRow> rows, PeerSelection peers, FmaProbe probe)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        Console.WriteLine(ResultTable.Head);
        bool isComplete = true;
        SideBySide sideBySide = new(probe, IsQuick ? Effort.Quick : Effort.Full);
        foreach (BenchmarkShape shape in Select(isTraining))
        {
            try
            {
                using Trial trial = new(shape, isTraining, peers, sideBySide, probe);
                List<ResultRow> made = trial.Run();
                rows.AddRange(made);
                made.ForEach(row => Console.WriteLine(ResultTable.Line(row)));
                Write(isTraining ? "training.json" : "inference.json", rows, probe);
            }
            catch (InvalidOperationException exception)
            {
                Console.Error.WriteLine(exception.Message);
                isComplete = false;
            }
        }

        foreach (string mean in ResultTable.Means(rows))
            Console.WriteLine(mean);
        return isComplete;
    }

    private void Write(string name, List<ResultRow> rows, FmaProbe probe)
    {
        new ResultFile(Machine.Describe(Threads, _libtorch, probe), rows).Write(Path.Combine(Output.FullName, name));
        SpeedupChart.Write(Path.Combine(Output.FullName, "speedups.png"), _inference, _training, Machine.Describe(Threads, _libtorch, probe));
    }

    private IEnumerable<BenchmarkShape> Select(bool isTraining)
    {
        IEnumerable<BenchmarkShape> asked = BenchmarkShape.All.Where(shape => Shapes.Contains(shape.Id));
        bool isShortened = IsQuick && Shapes.Count == BenchmarkShape.All.Count; // who names shapes gets all of them
        IEnumerable<BenchmarkShape> extras = asked.Where(shape => !isShortened || shape.IsInQuickExtras);
        return isTraining
            ? extras.Where(shape => shape.IsTrained)
            : asked.Concat(extras.Where(shape => shape.IsStreamed).Select(shape => shape.Stream));
    }
}
