namespace ConvLstmNative.Cli;

/// <summary>The command line is right, but the work cannot be done. The message is one line that says why.</summary>
internal sealed class ToolException : Exception
{
    public ToolException(string message)
        : base(message)
    {
    }

    public ToolException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
