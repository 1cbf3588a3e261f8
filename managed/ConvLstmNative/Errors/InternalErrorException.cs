namespace ConvLstmNative;

/// <summary>A fault of the library itself.</summary>
public sealed class InternalErrorException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public InternalErrorException(string message)
        : base(message, ConvLstmNative.Status.InternalError)
    {
    }
}
