using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>Everything that was asked for, shape by shape; the files are written anew after each, so that a run can be cut off.</summary>
internal sealed record BenchmarkRun(BenchmarkOptions Options)
{
    private static readonly TimeSpan Calibration = TimeSpan.FromSeconds(1);
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
        Machine machine = Describe(probe, _native);
        Console.WriteLine($"{machine.Processor}, {machine.Processors} processors, {Options.Threads} threads for everybody, {machine.InstructionSet}");
        Console.WriteLine($"ConvLstmNative {machine.Library}, ONNX Runtime {machine.OnnxRuntime}, libtorch {machine.Libtorch}, {machine.Dotnet}");
        Console.WriteLine(Invariant($"FMA peak {probe.Best:0.0} GFLOP/s in 32-bit floats, load average {machine.LoadAverage}"));

        Results results = new(Options.Output.FullName, machine, Options.IsFresh);
        results.Native = _native?.With(results.Native) ?? results.Native;
        if (Options.HasCalls && !(Options.Resumes && results.Calls.Count > 0 && !results.Calls.Any(call => call.IsNoisy)))
        {
            MeasureCalls(results);
            results.Write(machine, isTraining: false);
        }

        SideBySide sideBySide = new(probe, Options.IsQuick ? Effort.Quick : Effort.Full);
        bool isComplete = true;
        if (Options.HasInference)
            isComplete &= RunAll("Inference", isTraining: false, results, peers, sideBySide, probe);
        if (Options.HasTraining)
            isComplete &= RunAll("Training step", isTraining: true, results, peers, sideBySide, probe);
        Console.WriteLine();
        if (Environment.GetEnvironmentVariable("CLN_EXECUTOR") is null) // goals are for what users get
            GoalSummary.Print([.. results.Goals(isTraining: false), .. results.Goals(isTraining: true)]);
        if (sideBySide.Samples > 0)
            Console.WriteLine($"{sideBySide.Dropped} of {sideBySide.Samples} samples were disturbed, and left out where enough others remain");
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

    private static void MeasureCalls(Results results)
    {
        using CallMeasurement measurement = new();
        results.Calls = measurement.Run();
        Console.WriteLine();
        Console.WriteLine("What .NET adds to a call, on a layer of one channel and one pixel");
        foreach (CallCost call in results.Calls)
            Console.WriteLine(ResultTable.Line(call));
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

    private bool RunAll(string title, bool isTraining, Results results, PeerSelection peers, SideBySide sideBySide, FmaProbe probe)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        Console.WriteLine(ResultTable.Head);
        BenchmarkShape[] shapes = [.. Options.Select(isTraining).Where(shape => !(Options.Resumes && results.HasGood(shape, isTraining)))];
        foreach (ResultRow row in results.Rows(isTraining).Where(row => shapes.All(shape => shape.Id != row.Id)))
            Console.WriteLine($"{ResultTable.Line(row)}  of {row.Date}");
        bool isComplete = true;
        foreach (BenchmarkShape shape in shapes)
        {
            using Trial trial = new(shape, isTraining, peers);
            isComplete &= Try(() =>
            {
                trial.Prepare();
                List<ResultRow> made = trial.Measure(sideBySide, () => new Peaks(probe.Best, results.Native?.Machine.Bf16PeakGflops));
                made.ForEach(row => Console.WriteLine(ResultTable.Line(row)));
                results.Put(made, isTraining);
                results.Write(Describe(probe, results.Native), isTraining);
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

    private Machine Describe(FmaProbe probe, NativeResults? native) =>
        Machine.Describe(Options.Threads, _libtorch, new Peaks(probe.Best, native?.Machine.Bf16PeakGflops));
}
