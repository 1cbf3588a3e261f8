using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// What the backward pass needs of one training forward pass. Filled by a forward pass, emptied by a backward pass, and used
/// again; its memory stays on the device.
/// </summary>
public sealed unsafe class TrainingTape : IDisposable
{
    private int _isDisposed;

    internal TrainingTape(Session session, int maxSteps, TapeOptions? options)
    {
        MaxSteps = maxSteps;
        session.Acquire();
        Session = session;
        NativeReserveOptions native = new()
        {
            StructSize = (uint)sizeof(NativeReserveOptions),
            CheckpointEvery = options?.CheckpointEvery ?? 0,
            TruncateEvery = options?.TruncateEvery ?? 0,
        };
        NativeStatusCode status = NativeMethods.ReserveCreate(
            session.Handle, maxSteps, options is null ? null : &native, out ReserveHandle handle);
        if (status != NativeStatusCode.Ok)
            session.Release();
        status.ThrowIfFailed();
        Handle = handle;
    }

    /// <summary>Steps that the tape has room for.</summary>
    public int MaxSteps { get; }

    /// <summary>Device memory held now.</summary>
    public long Bytes
    {
        get
        {
            long bytes;
            NativeMethods.ReserveGetBytes(Handle, &bytes).ThrowIfFailed();
            return bytes;
        }
    }

    internal ReserveHandle Handle { get; }

    internal Session Session { get; }

    /// <summary>Steps with an input of the last forward pass; null before any.</summary>
    internal int? InputSteps { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        Handle.Dispose();
        Session.Release();
    }

    /// <summary>The tape must be of this layer and, where a shape is given, of its batch and size.</summary>
    internal void CheckBelongs(Layer layer, in SequenceShape shape, string name = "tape")
    {
        if (Session.Layer != layer)
            throw new ArgumentException("expected a tape that this layer created, got another layer's", name);
        if (!Session.Fits(shape) || shape.Steps > MaxSteps)
            throw new ArgumentException($"expected a tape created for {shape}, got one for another shape", name);
    }
}
