namespace ConvLstmNative;

/// <summary>The native library does not accept the value of an argument.</summary>
public sealed class InvalidArgumentException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    /// <param name="status"><see cref="Status.InvalidArgument"/> or <see cref="Status.NullArgument"/>.</param>
    public InvalidArgumentException(string message, Status status)
        : base(message, status)
    {
    }
}
