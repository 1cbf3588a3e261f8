using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary><c>convlstm layer</c>: one recurrent layer from arrays to arrays, forward and backward.</summary>
internal static class LayerCommand
{
    public static Command Create(ToolConsole console)
    {
        var options = new LayerOptions();
        var command = new Command(
            "layer", "Run one layer of any description over arrays of files, forward and backward, to compare it with another system.");
        options.AddTo(command);
        command.SetAction((result, interrupt) =>
            Task.Run(() => Run(console, options.Read(result), interrupt), CancellationToken.None));
        return command;
    }

    private static int Run(ToolConsole console, LayerRequest request, CancellationToken interrupt)
    {
        using StagedFiles files = new();
        foreach ((string option, string? path) in ((string, string?)[])
            [
                ("--weights-out", request.WeightsOut), ("--output", request.Output), ("--state-out", request.StateOut),
                ("--dx", request.InputGradient), ("--dweights", request.WeightGradients), ("--dstate-out", request.StateGradientOut),
            ])
        {
            files.Add(option, path);
        }

        using ExecutorScope executor = new(request.Executor);
        using LayerRun run = new(request);
        interrupt.ThrowIfCancellationRequested();
        run.Forward();
        run.Backward();
        run.Write(files);
        interrupt.ThrowIfCancellationRequested();
        files.Commit();
        console.Whole(run.Describe());
        return ExitCode.Success;
    }
}
