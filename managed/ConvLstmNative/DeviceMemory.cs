namespace ConvLstmNative;

/// <summary>Memory of a GPU that a context has.</summary>
/// <param name="Held">Bytes taken from the device.</param>
/// <param name="Used">Bytes of them that are in use; the rest is kept for later.</param>
public readonly record struct DeviceMemory(long Held, long Used);
