namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_state</c>.</summary>
internal sealed class StateHandle : NativeHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.StateDestroy(handle) == NativeStatusCode.Ok;
}
