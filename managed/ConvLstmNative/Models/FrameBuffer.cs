namespace ConvLstmNative;

/// <summary>Host memory that is used again and only grows.</summary>
internal sealed class FrameBuffer
{
    private float[] _values = [];

    /// <summary>A span of this many elements, whose values are left over from the last use.</summary>
    public Span<float> Get(long count)
    {
        if (count > Array.MaxLength)
            throw new SizeOverflowException($"frames: expected at most {Array.MaxLength} elements, got {count}");
        if (_values.Length < count)
            _values = GC.AllocateUninitializedArray<float>((int)count);
        return _values.AsSpan(0, (int)count);
    }
}
