using System.CommandLine;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary><c>convlstm train</c>: trains a model, or goes on with an interrupted run.</summary>
internal static class TrainCommand
{
    public static Command Create(ToolConsole console)
    {
        Option<string?> model = OptionFactory.Path("--model", "FILE",
            "The model file to write, OUT.safetensors; the checkpoint is kept beside it as OUT.checkpoint.safetensors.");
        model.Required = true;
        var data = new DataOptions();
        var training = new TrainOptions();
        Option<int?> threads = OptionFactory.Integer("--threads", "Threads; 0 for one a processor (default 0).", 0, 1024);
        var device = new DeviceOptions();
        Option<long?> every = OptionFactory.LongInteger("--checkpoint-every",
            "Steps between checkpoints; 0 keeps one on Ctrl-C only (default 500).", 0);
        var resume = new Option<bool>("--resume")
        {
            Description = "Go on from the checkpoint, to the numbers that the run would have had without the interruption.",
        };
        var restart = new Option<bool>("--restart")
        {
            Description = "Start anew although there is a checkpoint of an unfinished run, and lose that.",
        };
        var keep = new Option<bool>("--keep-checkpoint")
        {
            Description = "Keep the checkpoint when the run is over, to go on later with --resume and more --steps.",
        };
        var command = new Command("train", "Train a model. Ctrl-C saves a checkpoint, and --resume goes on from it.") { model };
        data.AddTo(command);
        training.AddTo(command);
        device.AddTo(command);
        foreach (Option option in (Option[])[threads, every, resume, restart, keep])
            command.Add(option);
        command.SetAction((result, interrupt) =>
        {
            var session = new TrainingSession(console)
            {
                ModelPath = result.GetValue(model)!,
                Device = device.Read(result),
                Threads = result.GetValue(threads) ?? 0,
                CheckpointEvery = result.GetValue(every) ?? TrainingSession.UsualCheckpointEvery,
                KeepCheckpoint = result.GetValue(keep),
            };
            bool goOn = result.GetValue(resume);
            if (goOn && result.GetValue(restart))
                throw new UsageException("--resume and --restart: expected one of them, got both.");
            return Task.Run(
                () => goOn
                    ? session.ResumeAsync(interrupted => Continue(interrupted, result, data, training), interrupt)
                    : session.StartAsync(Begin(result, data, training), result.GetValue(restart), interrupt),
                CancellationToken.None);
        });
        return command;
    }

    private static TrainingSettings Begin(ParseResult result, DataOptions data, TrainOptions training)
    {
        TrainingSettings settings = training.Read(result, new TrainingSettings());
        if (settings is { Steps: null, Minutes: null })
            settings = settings with { Steps = TrainingSession.UsualSteps };
        DataSettings resolved = DataResolver.Resolve(data.Read(result), null, DataPurpose.Training);
        return settings with
        {
            Data = resolved,
            Augment = settings.Augment ?? resolved.Values == ValueScale.RadarReflectivity,
        };
    }

    private static TrainingSettings Continue(
        TrainingSettings interrupted, ParseResult result, DataOptions data, TrainOptions training)
    {
        DataRequest request = data.Read(result).Over(interrupted.Data!);
        TrainingSettings settings = training.Read(result, interrupted) with
        {
            Data = DataResolver.Resolve(request, null, DataPurpose.Training),
        };
        ResumeGuard.Check(interrupted, settings);
        return settings;
    }
}
