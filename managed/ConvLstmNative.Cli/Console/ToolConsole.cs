using Spectre.Console;

namespace ConvLstmNative.Cli;

/// <summary>Where the tool speaks: results and progress on one writer, the line that says why it failed on another.</summary>
internal sealed class ToolConsole
{
    private const int PlainWidth = 120;

    /// <param name="output">Results and progress.</param>
    /// <param name="error">Errors.</param>
    public ToolConsole(TextWriter output, TextWriter error)
    {
        Error = error;
        Out = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        IsLive = Out.Profile.Out.IsTerminal && Out.Profile.Capabilities.Ansi;

        // A file or a build log has no width of its own: the default of 80 would break tables and paths.
        if (!Out.Profile.Out.IsTerminal)
            Out.Profile.Width = PlainWidth;
    }

    public IAnsiConsole Out { get; }

    public TextWriter Error { get; }

    /// <summary>Whether progress can be drawn over itself; otherwise it is told line by line.</summary>
    public bool IsLive { get; }

    /// <summary>Writes a line of markup; escape what is not meant as markup.</summary>
    public void Line(string markup) => Out.MarkupLine(markup);

    /// <summary>Writes a path so that it can be copied whole, however long it is.</summary>
    public void Path(string label, string path)
    {
        Out.Markup($"{label} ");
        Out.Profile.Out.Writer.WriteLine(path);
    }
}
