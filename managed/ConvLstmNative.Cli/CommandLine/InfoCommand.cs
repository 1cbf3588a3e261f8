using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary><c>convlstm info</c>: what is installed, what a model file holds, and how its layers run.</summary>
internal static class InfoCommand
{
    public static Command Create(ToolConsole console)
    {
        Option<string?> model = OptionFactory.Path("--model", "FILE", "Also describe this model.");
        Option<int?> threads = OptionFactory.Integer("--threads", "Threads; 0 for one a processor (default 0).", 0, 1024);
        var plan = new PlanOptions();
        var command = new Command("info", "Show versions, the native library and what it uses; describe a model; explain how layers run.")
        {
            model, threads,
        };
        plan.AddTo(command);
        command.SetAction(result =>
        {
            int count = result.GetValue(threads) ?? 0;
            return plan.Read(result, result.GetValue(model), count) is { } request
                ? Explain(console, request)
                : Run(console, result.GetValue(model), count);
        });
        return command;
    }

    private static int Explain(ToolConsole console, PlanRequest request)
    {
        using Context context = request.Device.CreateContext(request.Threads, request.Policy);
        IReadOnlyList<LayerPlan> plans = request.Explain(context);
        if (request.IsJson)
            console.Whole(PlanJson.Write(plans));
        else
            PlanTable.Write(console, request.Spec ?? ModelFile.Name(request.Model), request.Device, plans);
        return ExitCode.Success;
    }

    private static int Run(ToolConsole console, string? modelPath, int threads)
    {
        using Context context = Context.Cpu(threads);
        Grid grid = NewGrid();
        Add(grid, "convlstm", ToolVersion.Text);
        Add(grid, "native library", NativeRuntime.Version);
        Add(grid, "loaded from", NativeRuntime.Attempts.FirstOrDefault(attempt => attempt.Succeeded)?.Path ?? "unknown");
        Add(grid, "device", context.DeviceName);
        Add(grid, "instruction set", context.InstructionSet);
        Add(grid, "threads", context.ThreadCount.ToString(CultureInfo.InvariantCulture));
        Add(grid, "default model", File.Exists(ModelFile.DefaultPath) ? ModelFile.DefaultPath : "none in this build");
        if (modelPath is not null)
            AddModel(grid, context, modelPath);
        console.Out.Write(grid);
        return ExitCode.Success;
    }

    private static void AddModel(Grid grid, Context context, string path)
    {
        using SequenceModel model = ModelFile.Load(context, path);
        SequenceModelOptions options = model.Options;
        grid.AddEmptyRow();
        Add(grid, "model", path);
        Add(grid, "architecture", ModelText.Describe(model));
        Add(grid, "frames", Invariant($"{options.Channels} channel(s), patch {options.PatchSize}"));
        Add(grid, "layers", string.Join("; ", options.Layers.Select(layer => Invariant($"{layer.HiddenChannels} hidden, peephole {Words.Of(layer.Peephole)}, forget bias {layer.ForgetBias}"))));
        Add(grid, "loss", Words.Of(options.Loss));
        if (ModelNotes.ReadData(model) is { } data)
            Add(grid, "trained on", ModelText.Describe(data));
        if (ModelNotes.ReadTraining(model) is { } training)
        {
            Add(grid, "training", DescribeTraining(training));
            Add(grid, "training loss", training.Loss is { } loss ? loss.ToString("0.000000", CultureInfo.InvariantCulture) : "-");
            Add(grid, "trained by", $"convlstm {training.Tool}");
        }

        if (ModelNotes.ReadState(model) is not null)
            Add(grid, "state", "checkpoint of an unfinished run");
    }

    private static string DescribeTraining(TrainingRecord training)
    {
        string steps = training.Steps is { } count ? Invariant($"{count:N0} steps") : "steps";
        string augmented = training.Augment ? ", augmented" : string.Empty;
        return Invariant($"{training.InputSteps} frames in, {training.Horizon} out; {steps} of {training.Batch} sequences ")
            + Invariant($"in {training.Minutes:0.#} min, learning rate {training.LearningRate}, seed {training.Seed}{augmented}");
    }

    private static Grid NewGrid() =>
        new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn(new GridColumn());

    private static void Add(Grid grid, string label, string value) =>
        grid.AddRow(new Text(label, new Style(foreground: Color.Grey)), new Text(value));
}
