namespace ConvLstmNative.Benchmarks;

/// <summary>Groups of bars over one axis.</summary>
/// <param name="Title">Above the bars.</param>
/// <param name="Groups">From left to right.</param>
internal sealed record ChartPanel(string Title, IReadOnlyList<ChartPanel.Group> Groups)
{
    /// <summary>What a bar stands for.</summary>
    internal enum Series
    {
        Fast,
        Exact,
        Bfloat16,
    }

    /// <summary>Inference, training and the native comparison, as far as there are figures.</summary>
    public static IReadOnlyList<ChartPanel> Of(IReadOnlyList<ResultRow> inference, IReadOnlyList<ResultRow> training, NativeResults? native) =>
    [
        .. new[]
        {
            new ChartPanel("Inference: over the faster of ONNX Runtime and TorchSharp", [.. GroupsOf(inference)]),
            new ChartPanel("Training step, forward and backward: over TorchSharp", [.. GroupsOf(training)]),
            new ChartPanel(
                $"Inference in C++: Fast over {native?.Machine.Peers} with Winograd, Exact over its direct convolution", [.. GroupsOf(native)]),
        }.Where(panel => panel.Groups.Count > 0),
    ];

    private static IEnumerable<Group> GroupsOf(IReadOnlyList<ResultRow> rows) => rows
        .Where(row => row.Speedup is not null)
        .GroupBy(row => row.Id)
        .Select(shape => new Group(
            shape.Key,
            Algorithm(shape.FirstOrDefault(row => SeriesOf(row) == Series.Fast)),
            [.. shape.Select(row => new Bar(SeriesOf(row), row.Speedup!.Value, row.IsNoisy))]));

    private static IEnumerable<Group> GroupsOf(NativeResults? native) => (native?.Rows ?? [])
        .Where(row => row.Speedup is not null)
        .GroupBy(row => row.Id)
        .Select(shape => new Group(
            shape.Key,
            string.Empty,
            [.. shape.Select(row => new Bar(row.Policy == nameof(ComputePolicy.Fast) ? Series.Fast : Series.Exact, row.Speedup!.Value, row.IsNoisy))]));

    private static Series SeriesOf(ResultRow row) =>
        row.Dtype == "bf16" ? Series.Bfloat16 : row.Policy == nameof(ComputePolicy.Fast) ? Series.Fast : Series.Exact;

    private static string Algorithm(ResultRow? row) =>
        row is null ? string.Empty : row.Executor.Contains("winograd", StringComparison.Ordinal) ? "Winograd" : "direct";

    /// <summary>A shape.</summary>
    /// <param name="Label">Its name.</param>
    /// <param name="Note">How policy Fast computes it.</param>
    /// <param name="Bars">One a series.</param>
    internal sealed record Group(string Label, string Note, IReadOnlyList<Bar> Bars);

    /// <summary>A speed-up.</summary>
    internal readonly record struct Bar(Series Series, double Speedup, bool IsNoisy);
}
