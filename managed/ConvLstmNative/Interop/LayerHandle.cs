namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_layer</c>.</summary>
internal sealed class LayerHandle : NativeHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.LayerDestroy(handle) == NativeStatusCode.Ok;
}
