namespace ConvLstmNative.Cli;

/// <summary>What the process tells its caller when it ends.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Success = 0;

    /// <summary>A file, the data or the native library made the work impossible.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong: an option, an argument, or a contradiction between them.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C: 128 + SIGINT, as shells expect. A training run has saved its checkpoint.</summary>
    public const int Interrupted = 130;
}
