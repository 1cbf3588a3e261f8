namespace ConvLstmNative.Cli.Tests;

/// <summary>Presses Ctrl-C when a certain text is written.</summary>
internal sealed class InterruptingWriter(string text, CancellationTokenSource interrupt) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value is not null && value.Contains(text, StringComparison.Ordinal))
            interrupt.Cancel();
    }
}
