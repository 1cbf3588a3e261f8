namespace ConvLstmNative.Data;

/// <summary>
/// Bouncing shapes or digits with the motion of Moving MNIST, drawn by this library: the data set that needs no file.
/// </summary>
public sealed class MovingShapes : IFrameSequenceSource
{
    private readonly MovingShapesKind _kind;
    private readonly ulong _seed;
    private readonly int _objectCount;
    private readonly int _spriteSize;

    /// <summary>Creates the generator.</summary>
    /// <param name="seed">Another seed gives other sequences.</param>
    /// <param name="steps">Frames of a sequence.</param>
    /// <param name="frameSize">Height and width of a frame, at least 16; objects take 28 pixels of 64.</param>
    /// <param name="kind">What moves.</param>
    /// <param name="objectCount">Objects that move at once.</param>
    public MovingShapes(
        ulong seed = 0, int steps = 20, int frameSize = 64, MovingShapesKind kind = MovingShapesKind.Mixed, int objectCount = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(frameSize, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(objectCount, 1);
        if (!Enum.IsDefined(kind))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "kind: expected Shapes, Digits or Mixed.");
        _seed = seed;
        _kind = kind;
        _objectCount = objectCount;
        _spriteSize = (frameSize * 28 + 32) / 64;
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
        for (int i = 0; i < _objectCount; i++)
        {
            BouncingPath path = new(ref random);
            float[] sprite = Sprite(ref random);
            SpriteCanvas.Draw(sprite, _spriteSize, _spriteSize, ref path, frames, Steps, Shape.Height, Shape.Width);
        }
    }

    private float[] Sprite(ref SequenceRandom random)
    {
        // Both numbers are always drawn, so that the kind does not change what comes after.
        bool drawDigit = random.NextInt(2) == 1;
        int which = random.NextInt(10);
        bool digit = _kind == MovingShapesKind.Digits || (_kind == MovingShapesKind.Mixed && drawDigit);
        return digit
            ? StrokeSprites.Draw(which, _spriteSize, ref random)
            : ShapeSprites.Draw(which, _spriteSize, ref random);
    }
}
