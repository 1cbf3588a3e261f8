using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>A layer made ready for one batch and size. Freed once it is retired and no tape uses it any more.</summary>
internal sealed unsafe class Session
{
    private readonly int _batch;
    private readonly int _height;
    private readonly int _width;
    private readonly Lock _gate = new();
    private int _users = 1;

    public Session(Layer layer, in SequenceShape shape)
    {
        (_batch, _height, _width) = (shape.Batch, shape.Height, shape.Width);
        NativeSessionDesc desc = new() { StructSize = (uint)sizeof(NativeSessionDesc) };
        NativeMethods.SessionDescInit(&desc).ThrowIfFailed();
        desc.Batch = shape.Batch;
        desc.Size[0] = shape.Height;
        desc.Size[1] = shape.Width;
        NativeStatusCode status = NativeMethods.SessionCreate(layer.Context.Handle, layer.Handle, &desc, out SessionHandle handle);
        status.ThrowIfFailed();
        Layer = layer;
        Handle = handle;
    }

    public Layer Layer { get; }

    public SessionHandle Handle { get; }

    public bool Fits(in SequenceShape shape) =>
        shape.Batch == _batch && shape.Height == _height && shape.Width == _width;

    /// <summary>Keeps the session alive until <see cref="Release"/>; the cache that made it is its first user.</summary>
    public void Acquire()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_users == 0, Layer);
            _users++;
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            if (--_users == 0)
                Handle.Dispose();
        }
    }
}
