namespace ConvLstmNative;

/// <summary>The device or its driver failed; the message carries its own text.</summary>
public sealed class DeviceException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public DeviceException(string message)
        : base(message, ConvLstmNative.Status.DeviceError)
    {
    }
}
