namespace ConvLstmNative.Interop;

/// <summary>Owns a <c>cln_optimizer</c>.</summary>
internal sealed class OptimizerHandle : NativeHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.OptimizerDestroy(handle) == NativeStatusCode.Ok;
}
