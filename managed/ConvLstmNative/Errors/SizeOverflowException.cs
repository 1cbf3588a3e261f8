namespace ConvLstmNative;

/// <summary>A product of sizes is too large for the address space.</summary>
public sealed class SizeOverflowException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public SizeOverflowException(string message)
        : base(message, ConvLstmNative.Status.SizeOverflow)
    {
    }
}
