namespace ConvLstmNative.Data;

/// <summary>
/// Moving MNIST by OpenSTL's generator: digits bounce in a square frame, each sequence from a random start in a random
/// direction; overlapping pixels are combined by maximum and divided by 255.
/// </summary>
public sealed class MovingMnist : IFrameSequenceSource
{
    private readonly IdxImages _digits;
    private readonly int _firstDigit;
    private readonly int _digitCount;
    private readonly ulong _seed;
    private readonly int _digitsPerFrame;

    /// <summary>Creates the generator over a range of digits, so that training and testing never share one.</summary>
    /// <param name="digits">The images that move.</param>
    /// <param name="firstDigit">First image of the range: 0 for training, 8000 for testing by this project's convention.</param>
    /// <param name="digitCount">Images in the range: 8000 and 2000.</param>
    /// <param name="seed">Another seed gives other sequences.</param>
    /// <param name="steps">Frames of a sequence.</param>
    /// <param name="frameSize">Height and width of a frame; at least those of a digit.</param>
    /// <param name="digitsPerFrame">Digits that move at once.</param>
    public MovingMnist(
        IdxImages digits, int firstDigit, int digitCount, ulong seed = 0, int steps = 20, int frameSize = 64, int digitsPerFrame = 2)
    {
        ArgumentNullException.ThrowIfNull(digits);
        ArgumentOutOfRangeException.ThrowIfNegative(firstDigit);
        ArgumentOutOfRangeException.ThrowIfLessThan(digitCount, 1);
        if ((long)firstDigit + digitCount > digits.Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(digitCount), digitCount, $"digitCount: expected at most {digits.Count - firstDigit} digits from {firstDigit} on.");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(frameSize, Math.Max(digits.Height, digits.Width));
        ArgumentOutOfRangeException.ThrowIfLessThan(digitsPerFrame, 1);
        _digits = digits;
        _firstDigit = firstDigit;
        _digitCount = digitCount;
        _seed = seed;
        _digitsPerFrame = digitsPerFrame;
        Steps = steps;
        Shape = new FrameShape(1, frameSize, frameSize);
        Shape.ThrowIfInvalid(nameof(frameSize));
    }

    /// <inheritdoc/>
    public FrameShape Shape { get; }

    /// <inheritdoc/>
    public int Steps { get; }

    /// <inheritdoc/>
    public long Count => long.MaxValue;

    /// <inheritdoc/>
    public void Read(long index, Span<float> frames)
    {
        SourceGuard.CheckRead(this, index, frames);
        frames.Clear();
        SequenceRandom random = new(_seed, index);
        float[] sprite = new float[_digits.Height * _digits.Width];
        for (int i = 0; i < _digitsPerFrame; i++)
        {
            BouncingPath path = new(ref random);
            ReadOnlySpan<byte> digit = _digits[_firstDigit + random.NextInt(_digitCount)];
            for (int p = 0; p < sprite.Length; p++)
                sprite[p] = digit[p] / 255f;
            SpriteCanvas.Draw(sprite, _digits.Height, _digits.Width, ref path, frames, Steps, Shape.Height, Shape.Width);
        }
    }
}
