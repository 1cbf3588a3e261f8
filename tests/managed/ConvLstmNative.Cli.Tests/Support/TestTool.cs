namespace ConvLstmNative.Cli.Tests;

/// <summary>Runs the tool inside the test's process.</summary>
internal static class TestTool
{
    /// <summary>Runs one command line, split at spaces; paths of tests hold none.</summary>
    public static async Task<ToolResult> RunAsync(string commandLine, CancellationToken interrupt = default)
    {
        using var output = new StringWriter();
        return await RunAsync(commandLine, output, interrupt);
    }

    /// <summary>Runs a command line and interrupts it, as Ctrl-C would, as soon as it has written a certain text.</summary>
    public static async Task<ToolResult> RunUntilAsync(string commandLine, string text)
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter(text, interrupt);
        return await RunAsync(commandLine, output, interrupt.Token);
    }

    private static async Task<ToolResult> RunAsync(string commandLine, StringWriter output, CancellationToken interrupt)
    {
        using var error = new StringWriter();
        string[] arguments = commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int exitCode = await Tool.RunAsync(arguments, new ToolConsole(output, error), interrupt);
        return new ToolResult(exitCode, output.ToString(), error.ToString());
    }
}
