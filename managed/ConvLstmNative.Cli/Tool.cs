using System.CommandLine;
using System.Text.RegularExpressions;

namespace ConvLstmNative.Cli;

/// <summary>The tool without its process: parses a command line, runs it, and turns every failure into one line and an exit code.</summary>
internal static partial class Tool
{
    private const string Name = "convlstm";

    /// <summary>Runs one command line to its exit code.</summary>
    /// <param name="arguments">What followed the name of the program.</param>
    /// <param name="console">Where to speak.</param>
    /// <param name="interrupt">Set by Ctrl-C: the command ends as soon as it has saved what must be saved.</param>
    public static async Task<int> RunAsync(string[] arguments, ToolConsole console, CancellationToken interrupt)
    {
        var verbose = new Option<bool>("--verbose")
        {
            Description = "On failure, also write where it happened.",
            Recursive = true,
        };
        var root = new RootCommand("ConvLSTM models that predict the next frames of a sequence: train, predict, evaluate.")
        {
            verbose,
            TrainCommand.Create(console),
            PredictCommand.Create(console),
            EvaluateCommand.Create(console),
            DemoCommand.Create(console),
            InfoCommand.Create(console),
            DoctorCommand.Create(console),
            LayerCommand.Create(console),
        };

        ParseResult result = root.Parse(arguments);
        if (result.Errors.Count > 0 && result.Action is not System.CommandLine.Help.HelpAction)
        {
            string command = result.CommandResult.Command is RootCommand ? Name : $"{Name} {result.CommandResult.Command.Name}";
            return Fail(console, $"{OneLine(result.Errors[0].Message)} See '{command} --help'.", ExitCode.Usage);
        }

        var invocation = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = console.Out.Profile.Out.Writer,
            Error = console.Error,
        };
        try
        {
            return await result.InvokeAsync(invocation, interrupt).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return Fail(console, "interrupted.", ExitCode.Interrupted);
        }
        catch (UsageException exception)
        {
            return Fail(console, exception.Message, ExitCode.Usage);
        }
#pragma warning disable CA1031 // The last door before the user: one line, never a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            int code = Fail(console, exception.Message, ExitCode.Failure);
            if (result.GetValue(verbose))
                await console.Error.WriteLineAsync(exception.ToString()).ConfigureAwait(false);
            return code;
        }
    }

    private static int Fail(ToolConsole console, string message, int code)
    {
        console.Error.WriteLine($"{Name}: {OneLine(message)}");
        return code;
    }

    // Argument exceptions of the libraries end with the name of their own parameter, which is not the user's.
    private static string OneLine(string message) => ParameterName().Replace(
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)), string.Empty);

    [GeneratedRegex(@" \(Parameter '\w+'\)")]
    private static partial Regex ParameterName();
}
