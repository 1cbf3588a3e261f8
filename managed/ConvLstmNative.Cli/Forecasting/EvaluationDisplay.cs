using Spectre.Console;

namespace ConvLstmNative.Cli;

/// <summary>Runs an evaluation with a progress bar where the console can draw one.</summary>
internal static class EvaluationDisplay
{
    public static Evaluation Show(ToolConsole console, Forecaster forecaster, int count, CancellationToken interrupt)
    {
        if (!console.IsLive)
            return Evaluation.Run(forecaster, count, (_, _) => { }, interrupt);

        return console.Out.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("predicting");
                return Evaluation.Run(forecaster, count,
                    (done, total) =>
                    {
                        task.MaxValue = total;
                        task.Value = done;
                    },
                    interrupt);
            });
    }
}
