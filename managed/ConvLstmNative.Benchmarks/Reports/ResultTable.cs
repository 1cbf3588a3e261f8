using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>The rows as text.</summary>
internal static class ResultTable
{
    private static readonly (string Peer, string Head)[] Columns =
        [(OnnxInference.UnrolledName, "ORT"), (OnnxInference.ScanName, "ORT Scan"), (TorchContender.Name, "TorchSharp")];

    public static string Head { get; } =
        $"{"shape",-13} {"type",-5}{"policy",-7}{"executor",-14}{"ours ms",10}"
        + string.Concat(Columns.Select(column => $"{column.Head + " ms",15}"))
        + $"{"speed-up",10}{"v. bf16",9}{"GFLOP/s",9}{"of peak",9}{"error",10}{"good",8}";

    public static string Line(ResultRow row) =>
        $"{row.Id,-13} {row.Dtype,-5}{row.Policy,-7}{row.Executor,-14}{Number(row.OursMs),10}"
        + string.Concat(Columns.Select(column => $"{(row.Peers.TryGetValue(column.Peer, out double time) ? Number(time) : "-"),15}"))
        + $"{Ratio(row.Speedup),10}{Ratio(row.SpeedupOverBf16),9}{Number(row.Gflops),9}"
        + Invariant($"{row.FmaShare,9:0%}{row.MaxError,10:0.0e0}{row.GoodSamples,4}/{row.Rounds,-3}")
        + (row.IsNoisy ? " noisy" : string.Empty);

    /// <summary>Geometric means of the speed-ups by type and policy; streams apart.</summary>
    public static IEnumerable<string> Means(IReadOnlyList<ResultRow> rows) => rows
        .Where(row => row.Speedup is not null)
        .GroupBy(row => (row.Dtype, row.Policy, IsStream: row.Id.EndsWith("-stream", StringComparison.Ordinal)))
        .Select(group => Invariant($"geometric mean of {group.Count()} {(group.Key.IsStream ? "streams" : "shapes")}, ")
            + Invariant($"{group.Key.Dtype} {group.Key.Policy}: {Mean(group.Select(row => row.Speedup!.Value)):0.00}x"));

    private static double Mean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));

    private static string Ratio(double? value) => value is { } ratio ? Invariant($"{ratio:0.00}x") : "-";

    private static string Number(double value) => value switch
    {
        < 1 => Invariant($"{value:0.0000}"),
        < 100 => Invariant($"{value:0.00}"),
        _ => Invariant($"{value:0.0}"),
    };
}
