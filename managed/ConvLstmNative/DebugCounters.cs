using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>Counts the native objects that are alive in this process, for tests and for finding leaks. Any thread.</summary>
public static class DebugCounters
{
    /// <summary>What is alive of one kind.</summary>
    /// <exception cref="InvalidArgumentException">No such kind.</exception>
    public static unsafe LiveCount Read(NativeObjectKind kind)
    {
        NativeLibraryLoader.Ensure();
        long objects;
        long bytes;
        NativeMethods.DebugGetLive((int)kind, &objects, &bytes).ThrowIfFailed();
        return new LiveCount(objects, bytes);
    }

    /// <summary>The most bytes of device memory that all objects have held together since <see cref="ResetPeak"/>, or since the
    /// process began.</summary>
    public static unsafe long PeakBytes
    {
        get
        {
            NativeLibraryLoader.Ensure();
            long bytes;
            NativeMethods.DebugGetPeak(&bytes).ThrowIfFailed();
            return bytes;
        }
    }

    /// <summary>Begins <see cref="PeakBytes"/> anew with what is held now.</summary>
    public static void ResetPeak()
    {
        NativeLibraryLoader.Ensure();
        NativeMethods.DebugResetPeak().ThrowIfFailed();
    }

    /// <summary>What is alive of all kinds together.</summary>
    public static LiveCount Total()
    {
        LiveCount total = default;
        foreach (NativeObjectKind kind in Enum.GetValues<NativeObjectKind>())
        {
            LiveCount count = Read(kind);
            total = new LiveCount(total.Objects + count.Objects, total.Bytes + count.Bytes);
        }

        return total;
    }
}
