namespace ConvLstmNative;

/// <summary>The device or the host cannot provide the memory; the message says how much.</summary>
public sealed class DeviceMemoryException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which argument is at fault, what was expected and what came.</param>
    public DeviceMemoryException(string message)
        : base(message, ConvLstmNative.Status.OutOfMemory)
    {
    }
}
