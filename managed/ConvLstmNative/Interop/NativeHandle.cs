using System.Runtime.InteropServices;

namespace ConvLstmNative.Interop;

/// <summary>A native object. The call in progress keeps it alive: freeing waits for the last one.</summary>
internal abstract class NativeHandle() : SafeHandle(nint.Zero, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == nint.Zero;
}
