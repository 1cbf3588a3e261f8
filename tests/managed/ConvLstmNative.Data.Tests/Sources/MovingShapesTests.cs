namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class MovingShapesTests
{
    [Test]
    public void Read_EveryKindAndSize_KeepsTheContract([Values] MovingShapesKind kind, [Values(16, 33, 64)] int frameSize) =>
        SourceContract.Assert(new MovingShapes(5, 7, frameSize, kind));

    [Test]
    public void Read_EveryFrame_ShowsSomethingBrightOnBlack([Values] MovingShapesKind kind)
    {
        MovingShapes source = new(11, 10, 64, kind);
        for (int index = 0; index < 40; index++)
        {
            float[] frames = SourceContract.Read(source, index);
            for (int t = 0; t < 10; t++)
            {
                float[] frame = frames[(t * 4096)..((t + 1) * 4096)];
                Assert.That(frame.Max(), Is.GreaterThan(0.6f));
                Assert.That(frame.Count(value => value == 0), Is.GreaterThan(2048));
                Assert.That(frame.Count(value => value is > 0.05f and < 0.6f), Is.GreaterThan(3), "soft edges");
            }
        }
    }

    /// <summary>One object keeps its looks and only moves, by whole pixels and never out of the frame.</summary>
    [Test]
    public void Read_OneObject_OnlyMoves([Values] MovingShapesKind kind)
    {
        MovingShapes source = new(2, 20, 64, kind, objectCount: 1);
        for (int index = 0; index < 20; index++)
        {
            float[] frames = SourceContract.Read(source, index);
            (int Top, int Left, float[] Looks) first = Cut(frames.AsSpan(0, 4096));
            int moved = 0;
            for (int t = 1; t < 20; t++)
            {
                (int Top, int Left, float[] Looks) next = Cut(frames.AsSpan(t * 4096, 4096));
                Assert.That(next.Looks, Is.EqualTo(first.Looks));
                moved += next.Top != first.Top || next.Left != first.Left ? 1 : 0;
            }
            Assert.That(moved, Is.GreaterThan(15));
        }
    }

    [Test]
    public void Read_DigitsAndShapes_AreDifferentData()
    {
        float[] digits = SourceContract.Read(new MovingShapes(4, kind: MovingShapesKind.Digits), 0);
        Assert.That(SourceContract.Read(new MovingShapes(4, kind: MovingShapesKind.Shapes), 0), Is.Not.EqualTo(digits));
        Assert.That(SourceContract.Read(new MovingShapes(5, kind: MovingShapesKind.Digits), 0), Is.Not.EqualTo(digits));
    }

    [Test]
    public void Constructor_BadArguments_AreRefused()
    {
        Assert.That(() => new MovingShapes(steps: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MovingShapes(frameSize: 15), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MovingShapes(kind: (MovingShapesKind)9), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MovingShapes(objectCount: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    /// <summary>The box of all that is not black.</summary>
    private static (int Top, int Left, float[] Looks) Cut(ReadOnlySpan<float> frame)
    {
        int top = 64, left = 64, bottom = -1, right = -1;
        for (int i = 0; i < frame.Length; i++)
        {
            if (frame[i] > 0)
                (top, left, bottom, right) = (Math.Min(top, i / 64), Math.Min(left, i % 64), Math.Max(bottom, i / 64), Math.Max(right, i % 64));
        }
        List<float> looks = [bottom - top, right - left];
        for (int y = top; y <= bottom; y++)
            looks.AddRange(frame[(y * 64 + left)..(y * 64 + right + 1)]);
        return (top, left, [.. looks]);
    }
}
