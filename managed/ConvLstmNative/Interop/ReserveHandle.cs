namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_reserve</c>.</summary>
internal sealed class ReserveHandle : NativeHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.ReserveDestroy(handle) == NativeStatusCode.Ok;
}
