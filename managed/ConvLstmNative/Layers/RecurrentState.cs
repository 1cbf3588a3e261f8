using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// Hidden and cell state of a recurrent layer for one batch, on the device; each (N, F, H, W). The gradient of a state is a
/// state too.
/// </summary>
public sealed unsafe class RecurrentState : IDisposable
{
    private const int HiddenPart = 0;
    private const int CellPart = 1;

    internal RecurrentState(ConvLstm layer, in SequenceShape shape)
    {
        PartElementCount = new SequenceShape(shape.Batch, 1, layer.Options.HiddenChannels, shape.Height, shape.Width).ElementCount;
        long* size = stackalloc long[] { shape.Height, shape.Width };
        NativeStatusCode status = NativeMethods.StateCreate(
            layer.Context.Handle, layer.Handle, shape.Batch, size, 2, out StateHandle handle);
        status.ThrowIfFailed();
        Handle = handle;
    }

    /// <summary>Elements of the hidden state, and of the cell state: N·F·H·W.</summary>
    public long PartElementCount { get; }

    internal StateHandle Handle { get; }

    /// <summary>Sets the state to zeros.</summary>
    public void Reset() => NativeMethods.StateReset(Handle).ThrowIfFailed();

    /// <summary>Copies the state into another of the same F, N, H and W, of this or another layer.</summary>
    public void CopyTo(RecurrentState destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        NativeMethods.StateCopy(Handle, destination.Handle).ThrowIfFailed();
    }

    /// <summary>Copies values into the hidden state.</summary>
    /// <param name="values">N·F·H·W elements.</param>
    public void SetHidden(ReadOnlySpan<float> values) => Upload(HiddenPart, values);

    /// <summary>Copies values into the cell state.</summary>
    /// <param name="values">N·F·H·W elements.</param>
    public void SetCell(ReadOnlySpan<float> values) => Upload(CellPart, values);

    /// <summary>Copies the hidden state to the caller.</summary>
    /// <param name="values">Receives N·F·H·W elements.</param>
    public void GetHidden(Span<float> values) => Download(HiddenPart, values);

    /// <summary>Copies the cell state to the caller.</summary>
    /// <param name="values">Receives N·F·H·W elements.</param>
    public void GetCell(Span<float> values) => Download(CellPart, values);

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private void Upload(int part, ReadOnlySpan<float> values)
    {
        Check.Length(values.Length, PartElementCount, nameof(values));
        fixed (float* data = values)
            NativeMethods.StateUpload(Handle, part, data, values.Length).ThrowIfFailed();
    }

    private void Download(int part, Span<float> values)
    {
        Check.Length(values.Length, PartElementCount, nameof(values));
        fixed (float* data = values)
            NativeMethods.StateDownload(Handle, part, data, values.Length).ThrowIfFailed();
    }
}
