namespace ConvLstmNative;

/// <summary>A value that must be finite is NaN or infinite.</summary>
public sealed class NotFiniteException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public NotFiniteException(string message)
        : base(message, ConvLstmNative.Status.NotFinite)
    {
    }
}
