using System.CommandLine;
using ConvLstmNative.Data;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary><c>convlstm predict</c>: the next frames of one sequence, as pictures, numbers and figures.</summary>
internal static class PredictCommand
{
    private const string UsualFolder = "prediction";

    public static Command Create(ToolConsole console)
    {
        var options = new ForecastOptions();
        Option<long?> index = OptionFactory.LongInteger("--index", "Which sequence of the data (default 0).", 0);
        Option<string?> output = OptionFactory.Path("--output", "FOLDER", "The folder to write to (default prediction).");
        var latest = new Option<bool>("--latest")
        {
            Description = "frames, npy: predict what follows the last frames of the input, where no truth is known yet.",
        };
        var command = new Command("predict", "Predict the next frames of a sequence and compare them with the truth where it is known.");
        options.AddTo(command);
        command.Add(index);
        command.Add(output);
        command.Add(latest);
        command.SetAction((result, interrupt) => Task.Run(() => Run(
            console,
            options.Read(result),
            result.GetValue(index) ?? 0,
            result.GetValue(output) ?? UsualFolder,
            result.GetValue(latest),
            interrupt), CancellationToken.None));
        return command;
    }

    private static int Run(
        ToolConsole console, ForecastRequest request, long index, string output, bool latest, CancellationToken interrupt)
    {
        using var forecaster = new Forecaster(request);
        bool withTruth = HasTruth(forecaster, latest);
        if (!withTruth)
            Widen(forecaster, request.Data);
        using var folder = new StagedFolder("--output", output);
        ModelText.WriteHeading(console, ModelFile.Name(request.Model), forecaster);
        Forecast forecast = Read(forecaster, index, withTruth, latest);
        interrupt.ThrowIfCancellationRequested();

        ForecastWriter.WriteFrames(folder.StagingPath, forecast, forecaster);
        ForecastWriter.WriteOverview(folder.StagingPath, forecast, forecaster);
        Evaluation? evaluation = forecast.Evaluate(forecaster);
        if (evaluation is not null)
            ScoreDocument.From(evaluation, forecaster).Write(Path.Combine(folder.StagingPath, ForecastWriter.MetricsName));
        interrupt.ThrowIfCancellationRequested();
        folder.Commit(ForecastWriter.IsOwn);

        if (evaluation is not null)
            ScoreTable.Write(console, evaluation);
        else
            console.Line("no figures: the frames to come are not known");
        console.Path("written:", Path.Combine(output, ForecastWriter.ContactSheetName));
        console.Path("        ", Path.Combine(output, ForecastWriter.AnimationName));
        console.Path("        ", Path.Combine(output, ForecastWriter.PredictionName));
        return ExitCode.Success;
    }

    private static bool HasTruth(Forecaster forecaster, bool latest)
    {
        int? available = DataSource.CountFrames(forecaster.Data);
        if (latest && available is null)
            throw new UsageException($"--latest: expected with --data frames or npy only, got --data {Words.Of(forecaster.Data.Kind)}.");
        if (latest || available == forecaster.InputSteps)
            return false;
        int whole = forecaster.InputSteps + forecaster.Horizon;
        if (available is null || available >= whole)
            return true;
        throw new ToolException(Invariant(
            $"--input: expected {forecaster.InputSteps} frames (to look beyond them) or at least {whole} (to compare with the truth), ")
            + Invariant($"but there are {available}; --latest takes the last {forecaster.InputSteps}."));
    }

    /// <summary>Without truth there is nothing to pick a crop for: the whole frame is wanted, rain or not.</summary>
    private static void Widen(Forecaster forecaster, DataRequest request)
    {
        if (forecaster.Data.Kind != DataKind.Frames)
            return;
        forecaster.Data = forecaster.Data with
        {
            Crop = request.Crop ?? Extent.Whole,
            MinimumRain = request.MinimumRain ?? 0,
        };
    }

    private static Forecast Read(Forecaster forecaster, long index, bool withTruth, bool latest)
    {
        IFrameSequenceSource source = forecaster.Open(forecaster.InputSteps + (withTruth ? forecaster.Horizon : 0), latest);
        try
        {
            return index < source.Count
                ? Forecast.Make(forecaster, source, index)
                : throw UsageException.Expected(
                    "--index", Invariant($"0 to {source.Count - 1}, as many as the data has"), index);
        }
        finally
        {
            (source as IDisposable)?.Dispose();
        }
    }
}
