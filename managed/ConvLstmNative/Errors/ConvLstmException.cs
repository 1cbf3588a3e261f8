namespace ConvLstmNative;

/// <summary>Base of what this library throws, apart from the <see cref="ArgumentException"/> family.</summary>
public class ConvLstmException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    /// <param name="status">The native status, or null where the native library had no part in it.</param>
    /// <param name="inner">The cause, if another exception.</param>
    public ConvLstmException(string message, Status? status = null, Exception? inner = null)
        : base(message, inner) => Status = status;

    /// <summary>The native status, or null where the native library had no part in it.</summary>
    public Status? Status { get; }
}
