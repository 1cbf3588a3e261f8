using System.Collections.Immutable;
using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// State of a recurrent layer for one batch, on the device, in parts of (N, F, H, W) each, of the sizes of the layer's output. A
/// ConvLSTM has the parts h and c, a ConvGRU h, an ST-LSTM h, c and m. Those of a stack and of two directions are named as
/// parameters are, as in <c>layers.1.reverse.h</c>; a stack of ST-LSTM has at the end its one memory m. The gradient of a state is
/// a state too.
/// </summary>
public sealed unsafe class RecurrentState : IDisposable
{
    private readonly string[] _names;

    internal RecurrentState(RecurrentLayer layer, in SequenceShape shape)
    {
        RecurrentOptions options = layer.Options;
        SequenceShape part = layer.OutputShape(shape) with { Steps = 1, Channels = options.HiddenChannels };
        PartElementCount = part.ElementCount;
        long* size = stackalloc long[options.Rank];
        part.CopySizes(options.Rank, size);
        PartShape = [part.Batch, part.Channels, .. new ReadOnlySpan<long>(size, options.Rank)];
        _names = StateNames.Of(options);
        shape.CopySizes(options.Rank, size);
        NativeStatusCode status = NativeMethods.StateCreate(
            layer.Context.Handle, layer.Handle, shape.Batch, size, options.Rank, out StateHandle handle);
        status.ThrowIfFailed();
        Handle = handle;
    }

    /// <summary>Elements of a part: N·F·H·W.</summary>
    public long PartElementCount { get; }

    /// <summary>Sizes of a part: (N, F, H, W), (N, F, D, H, W) or (N, F, W).</summary>
    public ImmutableArray<long> PartShape { get; }

    /// <summary>How many parts there are.</summary>
    public int PartCount => _names.Length;

    /// <summary>Names of the parts, in order.</summary>
    public IReadOnlyList<string> PartNames => _names;

    internal StateHandle Handle { get; }

    /// <summary>Sets the state to zeros.</summary>
    public void Reset() => NativeMethods.StateReset(Handle).ThrowIfFailed();

    /// <summary>Copies the state into another of the same parts, F, N, H and W, of this or another layer.</summary>
    public void CopyTo(RecurrentState destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        NativeMethods.StateCopy(Handle, destination.Handle).ThrowIfFailed();
    }

    /// <summary>Copies values into a part.</summary>
    /// <param name="part">From 0.</param>
    /// <param name="values">N·F·H·W elements.</param>
    public void SetPart(int part, ReadOnlySpan<float> values)
    {
        CheckPart(part, values.Length);
        fixed (float* data = values)
            NativeMethods.StateUpload(Handle, part, data, values.Length).ThrowIfFailed();
    }

    /// <summary>Copies a part to the caller.</summary>
    /// <param name="part">From 0.</param>
    /// <param name="values">Receives N·F·H·W elements.</param>
    public void GetPart(int part, Span<float> values)
    {
        CheckPart(part, values.Length);
        fixed (float* data = values)
            NativeMethods.StateDownload(Handle, part, data, values.Length).ThrowIfFailed();
    }

    /// <summary>Copies values into a part.</summary>
    /// <param name="part">One of <see cref="PartNames"/>.</param>
    /// <param name="values">N·F·H·W elements.</param>
    public void SetPart(string part, ReadOnlySpan<float> values) => SetPart(IndexOf(part), values);

    /// <summary>Copies a part to the caller.</summary>
    /// <param name="part">One of <see cref="PartNames"/>.</param>
    /// <param name="values">Receives N·F·H·W elements.</param>
    public void GetPart(string part, Span<float> values) => GetPart(IndexOf(part), values);

    /// <summary>Copies values into the hidden state of a single layer in one direction.</summary>
    /// <param name="values">N·F·H·W elements.</param>
    public void SetHidden(ReadOnlySpan<float> values) => SetPart(StateNames.Hidden, values);

    /// <summary>Copies values into the cell state of a single layer in one direction.</summary>
    /// <param name="values">N·F·H·W elements.</param>
    public void SetCell(ReadOnlySpan<float> values) => SetPart(StateNames.Cell, values);

    /// <summary>Copies the hidden state of a single layer in one direction to the caller.</summary>
    /// <param name="values">Receives N·F·H·W elements.</param>
    public void GetHidden(Span<float> values) => GetPart(StateNames.Hidden, values);

    /// <summary>Copies the cell state of a single layer in one direction to the caller.</summary>
    /// <param name="values">Receives N·F·H·W elements.</param>
    public void GetCell(Span<float> values) => GetPart(StateNames.Cell, values);

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private int IndexOf(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        int index = Array.IndexOf(_names, part);
        return index >= 0
            ? index
            : throw new ArgumentException($"expected one of {string.Join(", ", _names)}, got '{part}'", nameof(part));
    }

    private void CheckPart(int part, int length)
    {
        if (part < 0 || part >= PartCount)
            throw new ArgumentOutOfRangeException(nameof(part), $"expected 0 to {PartCount - 1}, got {part}");
        Check.Length(length, PartElementCount, "values");
    }
}
