using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>Everything that was asked for, shape by shape; the files are written anew after each, so that a run can be cut off.</summary>
internal sealed record BenchmarkRun(BenchmarkOptions Options)
{
    private static readonly TimeSpan Calibration = TimeSpan.FromSeconds(1);
    private readonly List<ResultRow> _inference = [];
    private readonly List<ResultRow> _training = [];
    private List<CallCost> _calls = [];
    private NativeResults? _native;
    private string _libtorch = "not asked for";

    /// <summary>Returns the exit code.</summary>
    public int Run()
    {
        Options.Output.Create();
        _native = Options.Native is null ? null : NativeResults.Read(Options.Native.FullName);
        PeerSelection peers = SelectPeers();
        if (Options.ChecksOnly)
            return Check(peers) ? 0 : 1;
        FmaProbe probe = new(Options.Threads);
        probe.Calibrate(Calibration);
        Machine machine = Describe(probe);
        Console.WriteLine($"{machine.Processor}, {machine.Processors} processors, {Options.Threads} threads for everybody, {machine.InstructionSet}");
        Console.WriteLine($"ConvLstmNative {machine.Library}, ONNX Runtime {machine.OnnxRuntime}, libtorch {machine.Libtorch}, {machine.Dotnet}");
        Console.WriteLine(Invariant($"FMA peak {probe.Best:0.0} GFLOP/s in 32-bit floats, load average {machine.LoadAverage}"));

        bool isComplete = true;
        if (Options.HasCalls)
            MeasureCalls();
        if (Options.HasInference)
            isComplete &= RunAll("Inference", isTraining: false, _inference, peers, probe);
        if (Options.HasTraining)
            isComplete &= RunAll("Training step", isTraining: true, _training, peers, probe);
        Console.WriteLine();
        foreach (Goal goal in InferenceGoals().Concat(TrainingGoals()))
            Console.WriteLine(goal);
        Console.WriteLine(Invariant($"FMA peak {probe.Best:0.0} GFLOP/s; results in {Options.Output.FullName}"));
        return isComplete ? 0 : 1;
    }

    private PeerSelection SelectPeers()
    {
        PeerSelection peers = new(Options.Peers, Options.Threads, Options.IsQuick);
        if (!peers.HasTorch || Options.Parts == BenchmarkParts.Calls)
            return peers.WithoutTorch();
        if (TorchRuntime.Load(Options.Threads) is not { } problem)
        {
            _libtorch = TorchRuntime.Version;
            return peers;
        }

        _libtorch = $"does not load: {problem}";
        Console.WriteLine($"TorchSharp does not load, the others go on: {problem}");
        Console.WriteLine("(Linux x64 and the libstdc++ of GCC 13 are needed; errors are then relative to this library in 32-bit floats)");
        return peers.WithoutTorch();
    }

    private void MeasureCalls()
    {
        using CallMeasurement measurement = new();
        _calls = measurement.Run();
        Console.WriteLine();
        Console.WriteLine("What .NET adds to a call, on a layer of one channel and one pixel");
        _calls.ForEach(call => Console.WriteLine(ResultTable.Line(call)));
    }

    /// <summary>Returns whether all outputs and gradients agree.</summary>
    private bool Check(PeerSelection peers)
    {
        IEnumerable<(BenchmarkShape Shape, bool IsTraining)> trials =
        [
            .. Options.HasInference ? Options.Select(isTraining: false).Select(shape => (shape, false)) : [],
            .. Options.HasTraining ? Options.Select(isTraining: true).Select(shape => (shape, true)) : [],
        ];
        bool isComplete = true;
        foreach ((BenchmarkShape shape, bool isTraining) in trials)
        {
            using Trial trial = new(shape, isTraining, peers);
            isComplete &= Try(trial.Prepare);
            string what = isTraining ? "training" : "inference";
            foreach ((Contender contender, double error) in trial.Errors)
                Console.WriteLine(Invariant($"{shape,-13}{what,-10}{contender.Type.Short(),-5}{error,9:0.0e0}  {contender.Peer} ({contender.Form})"));
        }

        Console.WriteLine(isComplete ? "all agree; nothing was timed" : "not all agree");
        return isComplete;
    }

    private bool RunAll(string title, bool isTraining, List<ResultRow> rows, PeerSelection peers, FmaProbe probe)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        Console.WriteLine(ResultTable.Head);
        bool isComplete = true;
        SideBySide sideBySide = new(probe, Options.IsQuick ? Effort.Quick : Effort.Full);
        foreach (BenchmarkShape shape in Options.Select(isTraining))
        {
            using Trial trial = new(shape, isTraining, peers);
            isComplete &= Try(() =>
            {
                trial.Prepare();
                List<ResultRow> made = trial.Measure(sideBySide, () => new Peaks(probe.Best, _native?.Machine.Bf16PeakGflops));
                rows.AddRange(made);
                made.ForEach(row => Console.WriteLine(ResultTable.Line(row)));
                Write(isTraining, probe);
            });
        }

        return isComplete;
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (InvalidOperationException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return false;
        }
    }

    private IEnumerable<Goal> InferenceGoals() =>
    [
        .. Options.HasInference ? Goals.OfInference(_inference) : [],
        .. Options.HasInference && _native is not null ? Goals.OfNative(_native) : [],
        .. Goals.OfCalls(_calls),
    ];

    private IEnumerable<Goal> TrainingGoals() => Options.HasTraining ? Goals.OfTraining(_training) : [];

    private Machine Describe(FmaProbe probe) => Machine.Describe(Options.Threads, _libtorch, new Peaks(probe.Best, _native?.Machine.Bf16PeakGflops));

    private void Write(bool isTraining, FmaProbe probe)
    {
        ResultFile file = isTraining
            ? new ResultFile(Describe(probe), _training, [], [.. TrainingGoals()])
            : new ResultFile(Describe(probe), _inference, _calls, [.. InferenceGoals()]);
        file.Write(Path.Combine(Options.Output.FullName, isTraining ? "training.json" : "inference.json"));
        SpeedupChart.Write(Path.Combine(Options.Output.FullName, "speedups.png"), _inference, _training, _native, Describe(probe));
    }
}
