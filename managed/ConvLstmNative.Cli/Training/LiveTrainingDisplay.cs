using Spectre.Console;

namespace ConvLstmNative.Cli;

/// <summary>Draws a run as a progress bar in a terminal.</summary>
internal sealed class LiveTrainingDisplay(ToolConsole console) : ITrainingDisplay
{
    public Task<T> ShowAsync<T>(Func<Action<StepReport>, Task<T>> body)
    {
        ProgressColumn[] columns =
        [
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn(),
            new PercentageColumn(),
        ];
        return console.Out.Progress().AutoClear(false).Columns(columns).StartAsync(async context =>
        {
            ProgressTask task = context.AddTask("first step");
            T result = await body(report =>
            {
                task.MaxValue = Math.Max(1, report.Total);
                task.Value = report.Step;
                task.Description = StepText.Markup(report);
            }).ConfigureAwait(false);
            task.StopTask();
            return result;
        });
    }
}
