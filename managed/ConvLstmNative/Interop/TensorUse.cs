namespace ConvLstmNative.Interop;

/// <summary>
/// A tensor in a call that takes the value of its handle. The native library keeps its own memory alive during a call; memory of
/// the caller is kept pinned by a counted reference, until the scope ends.
/// </summary>
internal readonly ref struct TensorUse
{
    private readonly TensorHandle? _counted;
    private readonly Tensor? _tensor;

    public TensorUse(Tensor? tensor)
    {
        _tensor = tensor;
        Value = NativeHandle.ValueOf(tensor?.Handle);
        if (tensor is { IsBorrowed: true })
            _counted = Counted(tensor.Handle);
    }

    /// <summary>NULL for the native library where there is no tensor.</summary>
    public nint Value { get; }

    public void Dispose()
    {
        _counted?.DangerousRelease();
        GC.KeepAlive(_tensor);
    }

    private static TensorHandle Counted(TensorHandle handle)
    {
        bool isCounted = false;
        handle.DangerousAddRef(ref isCounted);
        return handle;
    }
}
