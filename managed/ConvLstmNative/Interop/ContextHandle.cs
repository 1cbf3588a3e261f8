namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_context</c>.</summary>
internal sealed class ContextHandle : NativeHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.ContextDestroy(handle) == NativeStatusCode.Ok;
}
