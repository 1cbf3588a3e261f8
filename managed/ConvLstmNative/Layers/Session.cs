using System.Text;
using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>A layer made ready for one batch and size. Freed once it is retired and no tape uses it any more.</summary>
internal sealed unsafe class Session
{
    private readonly SequenceShape _shape;
    private readonly long _inputsOfStep;
    private readonly long _outputsOfStep;
    private readonly bool _hasLastOutputAlone;
    private readonly Lock _gate = new();
    private int _users = 1;

    public Session(Layer layer, in SequenceShape shape)
    {
        _shape = shape;
        NativeSessionDesc desc = new() { StructSize = (uint)sizeof(NativeSessionDesc) };
        NativeMethods.SessionDescInit(&desc).ThrowIfFailed();
        desc.Batch = shape.Batch;
        shape.CopySizes(layer.Rank, desc.Size);
        NativeStatusCode status = NativeMethods.SessionCreate(layer.Context.Handle, layer.Handle, &desc, out SessionHandle handle);
        status.ThrowIfFailed();
        Layer = layer;
        Handle = handle;
        SequenceShape step = shape with { Steps = 1 };
        _inputsOfStep = step.ElementCount;
        _outputsOfStep = layer.OutputShape(step).ElementCount;
        _hasLastOutputAlone = layer.HasLastOutputAlone;
    }

    public Layer Layer { get; }

    public SessionHandle Handle { get; }

    /// <summary>What the native library says of the session.</summary>
    public NativeSessionInfo Info
    {
        get
        {
            NativeSessionInfo info = new() { StructSize = (uint)sizeof(NativeSessionInfo) };
            NativeMethods.SessionGetInfo(Handle.Value, &info).ThrowIfFailed();
            GC.KeepAlive(this);
            return info;
        }
    }

    /// <summary>The plan for sequences of so many steps.</summary>
    public ExecutionPlan Explain(int steps)
    {
        long length;
        NativeMethods.SessionGetPlan(Handle.Value, steps, null, 0, &length).ThrowIfFailed();
        byte[] text = new byte[length];
        fixed (byte* bytes = text)
            NativeMethods.SessionGetPlan(Handle.Value, steps, bytes, length, &length).ThrowIfFailed();
        GC.KeepAlive(this);
        return ExecutionPlan.Parse(Encoding.UTF8.GetString(text.AsSpan(0, text.Length - 1)));
    }

    public bool Fits(in SequenceShape shape) =>
        shape.Batch == _shape.Batch && shape.Depth == _shape.Depth && shape.Height == _shape.Height && shape.Width == _shape.Width;

    /// <summary>Whether a run of this shape needs no more checks: batch, channels and size are those that were checked when the
    /// session was made, and there are as many elements as they say. A product that overflows deceives nobody: the native library
    /// counts again.</summary>
    /// <param name="shape">Of the run.</param>
    /// <param name="inputSteps">Steps that have an input.</param>
    /// <param name="inputs">Elements of the input.</param>
    /// <param name="outputs">Elements of the output.</param>
    public bool Takes(in SequenceShape shape, int inputSteps, long inputs, long outputs) =>
        Fits(shape) && shape.Channels == _shape.Channels && shape.Steps > 0 && (uint)inputSteps <= (uint)shape.Steps
        && inputs == inputSteps * _inputsOfStep
        && outputs == (_hasLastOutputAlone ? _outputsOfStep : shape.Steps * _outputsOfStep);

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
