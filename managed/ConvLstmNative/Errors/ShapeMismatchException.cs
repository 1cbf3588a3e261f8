namespace ConvLstmNative;

/// <summary>Rank, dimensions or element counts do not fit together.</summary>
public sealed class ShapeMismatchException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public ShapeMismatchException(string message)
        : base(message, ConvLstmNative.Status.ShapeMismatch)
    {
    }
}
