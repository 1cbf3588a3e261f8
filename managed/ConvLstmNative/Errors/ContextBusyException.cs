namespace ConvLstmNative;

/// <summary>Another thread is using the context, or a layer that must not change is in use. Nothing has happened.</summary>
public sealed class ContextBusyException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public ContextBusyException(string message)
        : base(message, ConvLstmNative.Status.Busy)
    {
    }
}
