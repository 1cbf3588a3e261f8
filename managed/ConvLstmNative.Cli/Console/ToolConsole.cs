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

        // Only a terminal gets colours and moving bars; a file or a build log gets plain lines.
        var target = new AnsiConsoleOutput(output);
        Out = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = target,
            Ansi = target.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = target.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        IsLive = target.IsTerminal && Out.Profile.Capabilities.Ansi;

        // A file has no width of its own: the default of 80 would break tables and paths.
        if (!target.IsTerminal)
            Out.Profile.Width = PlainWidth;
    }

    public IAnsiConsole Out { get; }

    public TextWriter Error { get; }

    /// <summary>Whether progress can be drawn over itself; otherwise it is told line by line.</summary>
    public bool IsLive { get; }

    /// <summary>Writes a line of markup; escape what is not meant as markup.</summary>
    public void Line(string markup) => Out.MarkupLine(markup);

    /// <summary>Writes one line, however long it is: for what scripts read.</summary>
    public void Whole(string text) => Out.Profile.Out.Writer.WriteLine(text);

    /// <summary>Writes a path so that it can be copied whole, however long it is.</summary>
    public void Path(string label, string path)
    {
        Out.Markup($"{label} ");
        Out.Profile.Out.Writer.WriteLine(path);
    }
}
