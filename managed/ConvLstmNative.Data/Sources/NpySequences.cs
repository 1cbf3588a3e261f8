namespace ConvLstmNative.Data;

/// <summary>
/// Sequences of an npy file of shape (T, N, H, W) or (N, T, H, W), read from disk one at a time. uint8 is divided by 255;
/// float32 must already lie in [0, 1].
/// </summary>
public sealed class NpySequences : IFrameSequenceSource, IDisposable
{
    private readonly NpyFile _file;
    private readonly NpySequenceLayout _layout;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The npy file.</param>
    /// <param name="layout">Which of the first two dimensions is time.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFormatException">Not an npy file of four dimensions with at least one element.</exception>
    public NpySequences(string path, NpySequenceLayout layout = NpySequenceLayout.StepsFirst)
    {
        _file = NpyFile.Open(path);
        _layout = layout;
        IReadOnlyList<long> sizes = _file.Shape;
        if (_file.ElementType is not (NpyElementType.UInt8 or NpyElementType.Float32))
        {
            _file.Dispose();
            throw new DataFormatException(path, "npy elements '|u1' or '<f4'", $"{_file.ElementType}");
        }
        if (sizes.Count != 4 || _file.ElementCount == 0)
        {
            _file.Dispose();
            throw new DataFormatException(path, "four dimensions with at least one element", $"({string.Join(", ", sizes)})");
        }
        long steps = sizes[layout == NpySequenceLayout.StepsFirst ? 0 : 1];
        if (sizes[2] > int.MaxValue || sizes[3] > int.MaxValue || (Int128)steps * sizes[2] * sizes[3] > Array.MaxLength)
        {
            _file.Dispose();
            throw new DataFormatException(path, $"sequences of at most {Array.MaxLength} values", $"({string.Join(", ", sizes)})");
        }
        Count = sizes[layout == NpySequenceLayout.StepsFirst ? 1 : 0];
        Steps = (int)steps;
        Shape = new FrameShape(1, (int)sizes[2], (int)sizes[3]);
    }

    /// <inheritdoc/>
    public FrameShape Shape { get; }

    /// <inheritdoc/>
    public int Steps { get; }

    /// <inheritdoc/>
    public long Count { get; }

    /// <inheritdoc/>
    /// <exception cref="DataFormatException">A float32 file holds a value outside [0, 1].</exception>
    public void Read(long index, Span<float> frames)
    {
        SourceGuard.CheckRead(this, index, frames);
        int frame = Shape.ElementCount;
        if (_layout == NpySequenceLayout.SequencesFirst)
        {
            _file.Read(index * Steps * frame, frames);
        }
        else
        {
            for (int t = 0; t < Steps; t++)
                _file.Read((t * Count + index) * frame, frames.Slice(t * frame, frame));
        }
        bool bytes = _file.ElementType == NpyElementType.UInt8;
        foreach (ref float value in frames)
        {
            if (bytes)
                value /= 255;
            else if (!(value is >= 0 and <= 1))
                throw new DataFormatException(_file.Path, "float32 values from 0 to 1", $"{value} in sequence {index}");
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
