using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary><c>convlstm evaluate</c>: figures over many sequences.</summary>
internal static class EvaluateCommand
{
    private const int UsualCount = 100;

    public static Command Create(ToolConsole console)
    {
        var options = new ForecastOptions();
        Option<int?> count = OptionFactory.Integer("--count", "Sequences to compare, spread evenly over the data (default 100).", 1);
        Option<string?> json = OptionFactory.Path("--json", "FILE", "Also write the figures to this file.");
        var leadTimes = new Option<bool>("--lead-times") { Description = "Also show the figures of each predicted frame." };
        var command = new Command("evaluate", "Measure a model on sequences that it has not seen, beside repeating the last frame.");
        options.AddTo(command);
        command.Add(count);
        command.Add(json);
        command.Add(leadTimes);
        command.SetAction((result, interrupt) => Task.Run(() => Run(
            console,
            options.Read(result),
            result.GetValue(count) ?? UsualCount,
            result.GetValue(json),
            result.GetValue(leadTimes),
            interrupt), CancellationToken.None));
        return command;
    }

    private static int Run(
        ToolConsole console, ForecastRequest request, int count, string? json, bool leadTimes, CancellationToken interrupt)
    {
        if (json is not null)
            OutputPath.CheckFile("--json", json);
        using var forecaster = new Forecaster(request);
        ModelText.WriteHeading(console, ModelFile.Name(request.Model), forecaster);
        Evaluation evaluation = EvaluationDisplay.Show(console, forecaster, count, interrupt);
        ScoreTable.Write(console, evaluation);
        if (leadTimes)
            ScoreTable.WriteLeadTimes(console, evaluation);
        if (json is not null)
        {
            ScoreDocument.From(evaluation, forecaster).Write(json);
            console.Path("written:", json);
        }

        return ExitCode.Success;
    }
}
