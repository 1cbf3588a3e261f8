using System.Globalization;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>A training step in words.</summary>
internal static class StepText
{
    public static string Plain(StepReport report) => Invariant(
        $"step {report.Step}/{report.Total}  loss {report.Loss:0.000000}  rate {report.LearningRate:0.0e-0}")
        + $"  {Speed(report)} frames/s  {Duration(report.Remaining)} left";

    public static string Markup(StepReport report) => Invariant(
        $"step {report.Step}/{report.Total}  loss [yellow]{report.Loss:0.000000}[/]")
        + $"  {Speed(report)} frames/s  [blue]{Duration(report.Remaining)}[/] left";

    /// <summary>Hours, minutes and seconds, as few of them as it takes.</summary>
    public static string Duration(TimeSpan time)
    {
        if (time.TotalHours >= 1)
            return Invariant($"{(int)time.TotalHours} h {time.Minutes:00} min");
        return time.TotalMinutes >= 1 ? Invariant($"{time.Minutes} min {time.Seconds:00} s") : Invariant($"{time.TotalSeconds:0} s");
    }

    private static string Speed(StepReport report) =>
        report.FramesPerSecond.ToString(report.FramesPerSecond < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
