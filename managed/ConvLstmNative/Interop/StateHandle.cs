namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_state</c>.</summary>
internal sealed class StateHandle : NativeHandle
{
    /// <summary>No state: NULL for the native library.</summary>
    public static readonly StateHandle None = new();

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.StateDestroy(handle) == NativeStatusCode.Ok;
}
