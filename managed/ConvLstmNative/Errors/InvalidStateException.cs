namespace ConvLstmNative;

/// <summary>The call does not fit what was done before, such as a backward pass without a forward pass.</summary>
public sealed class InvalidStateException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public InvalidStateException(string message)
        : base(message, ConvLstmNative.Status.InvalidState)
    {
    }
}
