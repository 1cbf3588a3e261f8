namespace ConvLstmNative;

/// <summary>Valid, but this build, device or executor does not do it.</summary>
public sealed class UnsupportedFeatureException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public UnsupportedFeatureException(string message)
        : base(message, ConvLstmNative.Status.Unsupported)
    {
    }
}
