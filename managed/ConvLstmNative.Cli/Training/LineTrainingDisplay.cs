using System.Diagnostics;

namespace ConvLstmNative.Cli;

/// <summary>Tells a run line by line, for build logs and files: about twenty lines, or one every half minute where that is more.</summary>
internal sealed class LineTrainingDisplay(ToolConsole console) : ITrainingDisplay
{
    private const int Lines = 20;
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    public Task<T> ShowAsync<T>(Func<Action<StepReport>, Task<T>> body)
    {
        long lastLine = Stopwatch.GetTimestamp();
        bool first = true;
        return body(report =>
        {
            long every = Math.Max(1, report.Total / Lines);
            bool due = first || report.Step % every == 0 || report.Step == report.Total;
            if (!due && Stopwatch.GetElapsedTime(lastLine) < LongestSilence)
                return;
            first = false;
            lastLine = Stopwatch.GetTimestamp();
            console.Out.Profile.Out.Writer.WriteLine(StepText.Plain(report));
        });
    }
}
