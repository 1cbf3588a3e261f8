using System.Globalization;
using ConvLstmNative.Data;
using Spectre.Console;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>Figures as tables on the console: the model's beside those of the baseline.</summary>
internal static class ScoreTable
{
    private const string Baseline = "last frame repeated";

    /// <summary>The averages over all lead times.</summary>
    public static void Write(ToolConsole console, Evaluation evaluation)
    {
        Table table = New("");
        foreach (string heading in Headings(evaluation.IsRadar))
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddRow(Row("model", evaluation.Model.Average, evaluation.Persistence.Average, evaluation.IsRadar));
        table.AddRow(Row(Baseline, evaluation.Persistence.Average, evaluation.Model.Average, evaluation.IsRadar));
        console.Out.Write(table);
        console.Line($"[grey]{Footnote(evaluation)}[/]");
    }

    /// <summary>Two rows a lead time: the model, and under it the baseline.</summary>
    public static void WriteLeadTimes(ToolConsole console, Evaluation evaluation)
    {
        Table table = New("frame").AddColumn(new TableColumn("").NoWrap());
        foreach (string heading in Headings(evaluation.IsRadar))
            table.AddColumn(new TableColumn(heading).RightAligned());
        for (int i = 0; i < evaluation.Model.LeadTimes.Count; i++)
        {
            LeadTimeMetrics model = evaluation.Model.LeadTimes[i], repeated = evaluation.Persistence.LeadTimes[i];
            table.AddRow([Invariant($"+{i + 1}"), .. Row("model", model, repeated, evaluation.IsRadar)]);
            table.AddRow(["", .. Row("[grey]repeated[/]", repeated, model, evaluation.IsRadar)]);
        }

        console.Out.Write(table);
    }

    private static Table New(string firstHeading) =>
        new Table { Border = TableBorder.Rounded }.AddColumn(new TableColumn(firstHeading).NoWrap());

    private static string[] Headings(bool radar) =>
        radar ? ["MSE", "MAE", "SSIM", "PSNR", "CSI", "POD", "FAR"] : ["MSE", "MAE", "SSIM", "PSNR"];

    /// <summary>A row whose figures are green where they are better than the other's.</summary>
    private static string[] Row(string label, LeadTimeMetrics metrics, LeadTimeMetrics other, bool radar)
    {
        string[] texts = Figures(metrics, radar);
        bool[] better =
        [
            metrics.Mse < other.Mse, metrics.Mae < other.Mae, metrics.Ssim > other.Ssim, metrics.Psnr > other.Psnr,
            metrics.Csi > other.Csi, metrics.Pod > other.Pod, metrics.Far < other.Far,
        ];
        return [label, .. texts.Select((text, i) => better[i] ? $"[green]{text}[/]" : text)];
    }

    private static string[] Figures(LeadTimeMetrics metrics, bool radar)
    {
        string[] texts =
        [
            Text(metrics.Mse, "0.00"), Text(metrics.Mae, "0.00"), Text(metrics.Ssim, "0.0000"), Text(metrics.Psnr, "0.00"),
            Text(metrics.Csi, "0.000"), Text(metrics.Pod, "0.000"), Text(metrics.Far, "0.000"),
        ];
        return radar ? texts : texts[..4];
    }

    private static string Text(double value, string format) =>
        double.IsNaN(value) ? "-" : double.IsInfinity(value) ? "inf" : value.ToString(format, CultureInfo.InvariantCulture);

    private static string Footnote(Evaluation evaluation)
    {
        string sequences = evaluation.Model.SequenceCount == 1 ? "1 sequence" : Invariant($"{evaluation.Model.SequenceCount} sequences");
        string radar = evaluation.IsRadar
            ? Invariant($"; CSI, POD and FAR at {ValueScale.RadarReflectivity.FromUnit(evaluation.Model.EventThreshold):0} dBZ")
            : string.Empty;
        return $"{sequences}, metrics profile {evaluation.Model.Profile} (MSE and MAE are sums over a frame){radar}";
    }
}
