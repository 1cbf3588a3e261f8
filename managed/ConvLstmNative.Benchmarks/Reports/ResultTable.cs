using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>The rows as text.</summary>
internal static class ResultTable
{
    private static readonly (string Peer, string Head)[] Columns =
        [(OnnxInference.UnrolledName, "ORT"), (OnnxInference.ScanName, "ORT Scan"), (TorchContender.Name, "TorchSharp")];

    public static string Head { get; } =
        $"{"shape",-13} {"type",-5}{"policy",-7}{"executor",-15}{"ours ms",9}"
        + string.Concat(Columns.Select(column => $"{column.Head + " ms",14}"))
        + $"{"v. fp32",9}{"v. bf16",9}{"spread",8}{"GFLOP/s",9}{"of peak",9}{"error",10}{"pairs",8}";

    public static string Line(ResultRow row) =>
        $"{row.Id,-13} {row.Dtype,-5}{row.Policy,-7}{row.Executor,-15}{Number(row.OursMs),9}"
        + string.Concat(Columns.Select(column => $"{(row.Peers.TryGetValue(column.Peer, out double time) ? Number(time) : "-"),14}"))
        + $"{Ratio(row.SpeedupOverFp32),9}{Ratio(row.SpeedupOverBf16),9}{Share(row.SpeedupSpread),8}{Number(row.Gflops),9}"
        + Invariant($"{Share(row.PeakShare),9}{row.MaxError,10:0.0e0}{row.GoodPairs,4}/{row.Rounds,-3}")
        + (row.IsNoisy ? " noisy" : string.Empty);

    public static string Line(CallCost call) => Invariant(
        $"{call.Id,-28}{call.ManagedNs,9:0.0} ns, in the native library {call.NativeNs,7:0.0} ns, added {call.CostNs,6:0.0} ns; {call.AllocatedBytes:0.###} bytes allocated")
        + (call.IsNoisy ? " noisy" : string.Empty);

    private static string Share(double? value) => value is { } share ? Invariant($"{share:0%}") : "-";

    private static string Ratio(double? value) => value is { } ratio ? Invariant($"{ratio:0.00}x") : "-";

    private static string Number(double value) => value switch
    {
        < 1 => Invariant($"{value:0.0000}"),
        < 100 => Invariant($"{value:0.00}"),
        _ => Invariant($"{value:0.0}"),
    };
}
