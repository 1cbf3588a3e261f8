namespace ConvLstmNative.Cli;

/// <summary>The command line is wrong. The message is one line that names the option, what was expected and what came.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>Says what was expected of an option and what came.</summary>
    public static UsageException Expected(string option, string expected, object? actual) =>
        new($"{option}: expected {expected}, got '{actual}'.");
}
