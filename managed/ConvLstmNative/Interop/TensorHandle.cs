using System.Buffers;

namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_tensor</c>, and the pin of the memory that it borrows.</summary>
internal sealed class TensorHandle : NativeHandle
{
    /// <summary>No tensor: NULL for the native library.</summary>
    public static readonly TensorHandle None = new();

    private MemoryHandle _pin;

    /// <summary>Takes over a pin; it ends after the native tensor, not before.</summary>
    public void Keep(MemoryHandle pin) => _pin = pin;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        bool freed = NativeMethods.TensorDestroy(handle) == NativeStatusCode.Ok;
        _pin.Dispose();
        return freed;
    }
}
