namespace ConvLstmNative.Benchmarks;

/// <summary>What the project wants to reach on a CPU, from the rows of a run.</summary>
internal static class Goals
{
    private const double EachInference = 2.2;

    /// <summary>Over the best peer in 32-bit floats, with policy Fast.</summary>
    private static readonly (string Id, double Must)[] ByShape =
    [
        ("seed", 3.1), ("mm3", 2.6), ("mm5", 4.3), ("wide", 3.1), ("stl", 4.2), ("radar", 3.4), ("small", 2.3), ("step", 2.7),
    ];

    private static readonly string[] All = [.. ByShape.Select(shape => shape.Id)];
    private static readonly string[] ManyChannels = [.. BenchmarkShape.All.Where(shape => shape.HiddenChannels >= 64).Select(shape => shape.Id)];
    private static readonly string[] Trained = [.. BenchmarkShape.All.Where(shape => shape.IsTrained).Select(shape => shape.Id)];
    private static readonly string[] BesideOneDnn = ["mm3", "wide", "radar", "small", "step"];

    public static IEnumerable<Goal> OfInference(IReadOnlyList<ResultRow> rows)
    {
        ResultRow[] fast = Select(rows, "fp32", ComputePolicy.Fast);
        ResultRow[] exact = Select(rows, "fp32", ComputePolicy.Exact);
        foreach ((string id, double must) in ByShape)
            yield return Make($"inference fp32 over the best fp32 peer: {id}", fast, [id], must, "x", row => row.Speedup, Enumerable.Min);
        yield return Make("- slowest of the eight shapes", fast, All, EachInference, "x", row => row.Speedup, Enumerable.Min);
        yield return Make("- geometric mean of the eight shapes", fast, All, 3.2, "x", row => row.Speedup, Mean);
        yield return Make(
            "inference fp32 over TorchSharp bf16, geometric mean of seven, without seed",
            fast, [.. All.Where(id => id != "seed")], 2, "x", row => row.SpeedupOverBf16, Mean);
        yield return Make("policy Exact, share of the FMA peak, lowest at >= 64 channels", exact, ManyChannels, 0.95, "%", row => row.FmaShare, Enumerable.Min);
        yield return Make("policy Exact over ONNX Runtime, slowest at >= 64 channels", exact, ManyChannels, 1.1, "x", OverOnnxRuntime, Enumerable.Min);
        yield return Make(
            "bf16, share of the bf16 dot peak, lowest at >= 64 channels",
            Select(rows, "bf16", ComputePolicy.Fast), ManyChannels, 0.95, "%", row => row.Gflops / row.Bf16PeakGflops, Enumerable.Min);
    }

    public static IEnumerable<Goal> OfErrors(IReadOnlyList<ResultRow> rows)
    {
        yield return Cost("largest error of an output, fp32 against fp64", LargestError(rows, "fp32"), 1e-5, "");
        yield return Cost("largest error of an output, bf16 against fp64", LargestError(rows, "bf16"), 2e-2, "");
    }

    public static IEnumerable<Goal> OfTraining(IReadOnlyList<ResultRow> rows)
    {
        yield return Make(
            "training step fp32 over TorchSharp fp32, geometric mean of five shapes",
            Select(rows, "fp32", ComputePolicy.Fast), Trained, 2.8, "x", row => row.Speedup, Mean);
    }

    public static IEnumerable<Goal> OfNative(NativeResults? native)
    {
        NativeResults.Row[] rows = [.. (native?.Rows ?? []).Where(row => row.Policy == nameof(ComputePolicy.Fast) && row.Speedup is not null)];
        double? slowest = rows.Length == 0 ? null : rows.Min(row => row.Speedup);
        string[] missing = [.. BesideOneDnn.Except(rows.Select(row => row.Id))];
        yield return new Goal(
            $"inference fp32 over {native?.Machine.Peers ?? "oneDNN"}, slowest of the 3x3 shapes", slowest, 1.1, "x", IsCost: false, missing, rows.Any(row => row.IsNoisy));
    }

    public static IEnumerable<Goal> OfCalls(IReadOnlyList<CallCost> calls)
    {
        yield return Cost("managed cost of one call, the dearest", Most(calls, call => call.CostNs), 25, "ns") with
        {
            IsNoisy = calls.Any(call => call.IsNoisy),
        };
        yield return Cost("allocated by one call", Most(calls, call => call.AllocatedBytes), 0, "bytes");
    }

    private static double? Most<T>(IReadOnlyCollection<T> all, Func<T, double> value) => all.Count == 0 ? null : all.Max(value);

    private static Goal Cost(string name, double? value, double must, string unit) => new(name, value, must, unit, IsCost: true, [], IsNoisy: false);

    private static double? LargestError(IReadOnlyList<ResultRow> rows, string dtype) =>
        Most([.. rows.Where(row => row.Dtype == dtype && row.IsErrorAgainstFp64)], row => row.MaxError);

    private static ResultRow[] Select(IReadOnlyList<ResultRow> rows, string dtype, ComputePolicy policy) =>
        [.. rows.Where(row => row.Dtype == dtype && row.Policy == policy.ToString())];

    private static Goal Make(
        string name,
        ResultRow[] rows,
        string[] shapes,
        double must,
        string unit,
        Func<ResultRow, double?> value,
        Func<IEnumerable<double>, double> summary)
    {
        ResultRow[] used = [.. rows.Where(row => shapes.Contains(row.Id) && value(row) is not null)];
        string[] missing = [.. shapes.Except(used.Select(row => row.Id))];
        double? result = used.Length == 0 ? null : summary(used.Select(row => value(row)!.Value));
        return new Goal(name, result, must, unit, IsCost: false, missing, used.Any(row => row.IsNoisy));
    }

    private static double? OverOnnxRuntime(ResultRow row)
    {
        double[] times = [.. row.Peers.Where(peer => peer.Key is OnnxInference.UnrolledName or OnnxInference.ScanName).Select(peer => peer.Value)];
        return times.Length == 0 ? null : times.Min() / row.OursMs;
    }

    private static double Mean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));
}
