using ConvLstmNative.Data;
using Spectre.Console;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>One call of <c>convlstm train</c>: sets a run up or takes it up again, and writes what it leaves behind.</summary>
internal sealed class TrainingSession(ToolConsole console)
{
    public const long UsualSteps = 2000;
    public const long UsualCheckpointEvery = 500;

    /// <summary>The model file to write.</summary>
    public required string ModelPath { get; init; }

    public required Device Device { get; init; }

    public required int Threads { get; init; }

    public required long CheckpointEvery { get; init; }

    public required bool KeepCheckpoint { get; init; }

    private string CheckpointPath => CheckpointFile.PathFor(ModelPath);

    /// <summary>Starts a run.</summary>
    /// <param name="settings">All of it.</param>
    /// <param name="restart">Whether a checkpoint of an unfinished run may be lost.</param>
    /// <param name="interrupt">Set by Ctrl-C.</param>
    public async Task<int> StartAsync(TrainingSettings settings, bool restart, CancellationToken interrupt)
    {
        OutputPath.CheckFile("--model", ModelPath);
        if (File.Exists(CheckpointPath) && !restart)
        {
            throw new UsageException(
                $"--model: expected no checkpoint yet, but '{CheckpointPath}' is there; go on from it with --resume, or lose it with --restart.");
        }

        using Context context = Device.CreateContext(Threads);
        IFrameSequenceSource source = Open(settings);
        try
        {
            using var model = new SequenceModel(context, settings.ToModelOptions(source.Shape.Channels), settings.Seed);
            using var trainer = new SequenceTrainer(model, new OptimizerOptions
            {
                LearningRate = (float)settings.LearningRate,
                MaxGradientNorm = (float)settings.MaxNorm,
            });
            var run = new TrainingRun(trainer, source, settings, CheckpointPath, CheckpointEvery);
            return await RunAsync(context, trainer, settings, run, interrupt).ConfigureAwait(false);
        }
        finally
        {
            (source as IDisposable)?.Dispose();
        }
    }

    /// <summary>Goes on with the run in the checkpoint.</summary>
    /// <param name="agree">Makes the settings of the interrupted run those of this one, or refuses.</param>
    /// <param name="interrupt">Set by Ctrl-C.</param>
    public async Task<int> ResumeAsync(Func<TrainingSettings, TrainingSettings> agree, CancellationToken interrupt)
    {
        OutputPath.CheckFile("--model", ModelPath);
        if (!File.Exists(CheckpointPath))
            throw new ToolException($"--resume: expected the checkpoint of an unfinished run, but '{CheckpointPath}' is not there.");

        using Context context = Device.CreateContext(Threads);
        using SequenceTrainer trainer = SequenceTrainer.Resume(context, CheckpointPath);
        TrainingState state = ModelNotes.ReadState(trainer.Model)
            ?? throw new ToolException($"--resume: expected a checkpoint of this tool, but '{CheckpointPath}' holds no settings of a run.");
        TrainingSettings settings = agree(state.Settings);
        if (settings.Steps < trainer.StepCount)
        {
            throw UsageException.Expected(
                "--steps", Invariant($"at least the {trainer.StepCount} steps already taken"), settings.Steps);
        }

        IFrameSequenceSource source = Open(settings);
        try
        {
            var run = new TrainingRun(trainer, source, settings, CheckpointPath, CheckpointEvery)
            {
                ElapsedSeconds = state.ElapsedSeconds,
                SmoothedLoss = state.SmoothedLoss,
            };
            console.Line(Invariant($"going on after step {trainer.StepCount}"));
            return await RunAsync(context, trainer, settings, run, interrupt).ConfigureAwait(false);
        }
        finally
        {
            (source as IDisposable)?.Dispose();
        }
    }

    private static IFrameSequenceSource Open(TrainingSettings settings)
    {
        IFrameSequenceSource source = DataSource.OpenForTraining(
            settings.Data!, settings.InputSteps + settings.Horizon, settings.Patch, settings.Seed);
        return settings.Augment is true ? new AugmentedSequences(source, settings.Seed) : source;
    }

    private async Task<int> RunAsync(
        Context context, SequenceTrainer trainer, TrainingSettings settings, TrainingRun run, CancellationToken interrupt)
    {
        console.Line(Markup.Escape(ModelText.Describe(trainer.Model)));
        string augmented = settings.Augment is true ? ", augmented" : string.Empty;
        console.Line(Markup.Escape(
            Invariant($"{ModelText.Describe(settings.Data!)}, {settings.InputSteps} frames in, {settings.Horizon} out, ")
            + Invariant($"batch {settings.Batch}{augmented}; {Device.Describe(context)}")));
        ITrainingDisplay display = console.IsLive ? new LiveTrainingDisplay(console) : new LineTrainingDisplay(console);
        TrainingOutcome outcome = await display.ShowAsync(report => run.RunAsync(report, interrupt)).ConfigureAwait(false);
        if (!outcome.Completed)
        {
            console.Line(Invariant($"[yellow]interrupted after step {outcome.Steps}[/]; the checkpoint is saved. To go on:"));
            console.Path("  convlstm train --resume --model", ModelPath);
            return ExitCode.Interrupted;
        }

        if (KeepCheckpoint)
            run.SaveCheckpoint();
        ModelNotes.WriteFinal(trainer.Model, settings.Data!, TrainingRecord.From(run.State) with { Steps = outcome.Steps });
        trainer.Model.Save(ModelPath);
        if (!KeepCheckpoint)
            File.Delete(CheckpointPath);
        console.Line(Invariant($"[green]{outcome.Steps} steps[/] in {StepText.Duration(outcome.Elapsed)}, loss {outcome.Loss:0.000000}"));
        console.Path("written:", ModelPath);
        return ExitCode.Success;
    }
}
