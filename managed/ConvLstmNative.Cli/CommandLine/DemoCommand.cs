using System.CommandLine;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary><c>convlstm demo</c>: the default model on sequences that it has never seen; needs no file at all.</summary>
internal static class DemoCommand
{
    private const string UsualFolder = "demo";
    private const int UsualCount = 16;

    public static Command Create(ToolConsole console)
    {
        Option<string?> model = OptionFactory.Path("--model", "FILE", "Another model, trained on moving shapes.");
        Option<string?> output = OptionFactory.Path("--output", "FOLDER", "The folder to write to (default demo).");
        Option<int?> count = OptionFactory.Integer("--count", "Sequences to compare (default 16).", 1);
        Option<int?> threads = OptionFactory.Integer("--threads", "Threads; 0 for one a processor (default 0).", 0, 1024);
        var command = new Command("demo", "Let the model that comes with the tool predict moving shapes that it has not seen.")
        {
            model,
            output,
            count,
            threads,
        };
        command.SetAction((result, interrupt) => Task.Run(() => Run(
            console,
            new ForecastRequest
            {
                Model = result.GetValue(model),
                Data = new DataRequest { Kind = DataKind.MovingShapes },
                Threads = result.GetValue(threads) ?? 0,
            },
            result.GetValue(output) ?? UsualFolder,
            result.GetValue(count) ?? UsualCount,
            interrupt), CancellationToken.None));
        return command;
    }

    private static int Run(ToolConsole console, ForecastRequest request, string output, int count, CancellationToken interrupt)
    {
        using var forecaster = new Forecaster(request);
        using var folder = new StagedFolder("--output", output);
        ModelText.WriteHeading(console, ModelFile.Name(request.Model), forecaster);
        Evaluation evaluation = EvaluationDisplay.Show(console, forecaster, count, interrupt);
        IFrameSequenceSource source = forecaster.Open(forecaster.InputSteps + forecaster.Horizon);
        ForecastWriter.WriteOverview(folder.StagingPath, Forecast.Make(forecaster, source, 0), forecaster);
        ScoreDocument.From(evaluation, forecaster).Write(Path.Combine(folder.StagingPath, ForecastWriter.MetricsName));
        interrupt.ThrowIfCancellationRequested();
        folder.Commit(ForecastWriter.IsOwn);

        ScoreTable.Write(console, evaluation);
        console.Path("written:", Path.Combine(output, ForecastWriter.ContactSheetName));
        console.Path("        ", Path.Combine(output, ForecastWriter.AnimationName));
        console.Path("        ", Path.Combine(output, ForecastWriter.MetricsName));
        return ExitCode.Success;
    }
}
