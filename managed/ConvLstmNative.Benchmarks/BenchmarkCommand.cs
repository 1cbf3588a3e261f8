using System.CommandLine;

namespace ConvLstmNative.Benchmarks;

/// <summary>The command line of the side-by-side benchmark.</summary>
internal static class BenchmarkCommand
{
    public static RootCommand Create()
    {
        Option<string[]> shapes = List("--shapes", "Only these shapes.", [.. BenchmarkShape.All.Select(shape => shape.Id)]);
        Option<string[]> peers = List("--peers", "Only beside these.", [.. PeerSelection.Names]);
        Option<bool> resume = new("--resume") { Description = "Only what the files in the folder lack, or have noisy: after a run that was cut off or disturbed." };
        Option<bool> quick = new("--quick") { Description = "Less than five minutes: fewer rounds, fewer forms of each peer, fewer streams." };
        Option<bool> check = new("--check") { Description = "Compares outputs and gradients, in all forms of each peer, and times nothing." };
        Option<bool> inference = new("--inference") { Description = "Inference only." };
        Option<bool> training = new("--training") { Description = "Training only." };
        Option<bool> calls = new("--calls") { Description = "What a call costs in .NET only: a few seconds." };
        Option<int> threads = new("--threads")
        {
            Description = "For everybody.",
            DefaultValueFactory = _ => Math.Min(2, Environment.ProcessorCount),
        };
        threads.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--threads: expected at least 1.");
        });
        Option<FileInfo?> native = new("--native") { Description = "What the native benchmark wrote: the peak of bfloat16, and oneDNN." };
        Option<DirectoryInfo> output = new("--output")
        {
            Description = "Folder for inference.json, training.json and speedups.png.",
            DefaultValueFactory = _ => new DirectoryInfo("artifacts/bench"),
        };
        RootCommand command = new("This library beside ONNX Runtime and TorchSharp, in turns. 'allocations' as the first word instead: "
            + "what a call costs and allocates, with the options of BenchmarkDotNet.")
        {
            shapes, peers, resume, quick, check, inference, training, calls, threads, native, output,
        };
        command.SetAction(result =>
        {
            BenchmarkOptions options = new(
                result.GetValue(shapes)!,
                result.GetValue(peers)!,
                result.GetValue(resume),
                result.GetValue(quick),
                result.GetValue(check),
                Parts(result.GetValue(inference), result.GetValue(training), result.GetValue(calls)),
                result.GetValue(threads),
                result.GetValue(native),
                result.GetValue(output)!);
            try
            {
                return new BenchmarkRun(options).Run();
            }
            catch (Exception exception) when (exception is InvalidDataException or UnsupportedFeatureException)
            {
                Console.Error.WriteLine(exception.Message);
                return 1;
            }
        });
        return command;
    }

    // Inference comes with what its calls cost.
    private static BenchmarkParts Parts(bool inference, bool training, bool calls) => (inference, training, calls) switch
    {
        (false, false, false) => BenchmarkParts.All,
        _ => (inference ? BenchmarkParts.Inference | BenchmarkParts.Calls : 0)
            | (training ? BenchmarkParts.Training : 0) | (calls ? BenchmarkParts.Calls : 0),
    };

    private static Option<string[]> List(string name, string description, string[] all)
    {
        Option<string[]> option = new(name)
        {
            Description = $"{description} Of {string.Join(", ", all)}.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => all,
            CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))],
        };
        option.Validators.Add(result =>
        {
            foreach (string value in (result.GetValueOrDefault<string[]>() ?? []).Where(value => !all.Contains(value)))
                result.AddError($"{name}: expected some of {string.Join(", ", all)}, got '{value}'.");
        });
        return option;
    }
}
