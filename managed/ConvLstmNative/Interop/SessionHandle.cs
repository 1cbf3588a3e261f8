namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_session</c>.</summary>
internal sealed class SessionHandle : NativeHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.SessionDestroy(handle) == NativeStatusCode.Ok;
}
