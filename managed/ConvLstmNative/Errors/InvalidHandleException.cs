namespace ConvLstmNative;

/// <summary>An object is of another kind than the call needs, or was destroyed.</summary>
public sealed class InvalidHandleException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public InvalidHandleException(string message)
        : base(message, ConvLstmNative.Status.InvalidHandle)
    {
    }
}
