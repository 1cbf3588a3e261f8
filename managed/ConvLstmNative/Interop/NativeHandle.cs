using System.Runtime.InteropServices;

namespace ConvLstmNative.Interop;

/// <summary>A native object. The call in progress keeps it alive: freeing waits for the last one.</summary>
internal abstract class NativeHandle() : SafeHandle(nint.Zero, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>For a call that takes no SafeHandle. A native handle is a name that is never used again, and who uses its object
    /// keeps it alive: freed in the meantime, the call fails or ends well. The caller keeps this object from the collector.</summary>
    public nint Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    /// <summary>NULL for the native library where there is no handle.</summary>
    public static nint ValueOf(NativeHandle? optional) => optional is null ? nint.Zero : optional.Value;
}
