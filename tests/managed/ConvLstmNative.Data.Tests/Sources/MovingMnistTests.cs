namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class MovingMnistTests
{
    private static IdxImages Digits(int count, int height, int width)
    {
        byte[] pixels = new byte[count * height * width];
        new Random(3).NextBytes(pixels);
        return new IdxImages(count, height, width, pixels);
    }

    [TestCase(28, 28, 64, 2)]
    [TestCase(1, 1, 7, 1)]
    [TestCase(5, 9, 9, 3)]
    public void Read_AnyIndex_EqualsTheReferenceGenerator(int height, int width, int frameSize, int digitsPerFrame)
    {
        IdxImages digits = Digits(50, height, width);
        MovingMnist source = new(digits, 10, 30, seed: 77, steps: 13, frameSize, digitsPerFrame);
        foreach (long index in new[] { 0L, 1, 2, 1_000_000_007, long.MaxValue - 1 })
        {
            float[] expected = new ReferenceMovingMnist(77, index).Generate(digits, 10, 30, 13, frameSize, digitsPerFrame);
            Assert.That(SourceContract.Read(source, index), Is.EqualTo(expected), $"index {index}");
        }
    }

    [Test]
    public void Read_Always_KeepsTheContract() => SourceContract.Assert(new MovingMnist(Digits(9, 28, 28), 0, 9));

    [Test]
    public void Read_OtherSeedOrIndex_GivesOtherFrames()
    {
        IdxImages digits = Digits(9, 28, 28);
        float[] first = SourceContract.Read(new MovingMnist(digits, 0, 9, seed: 1), 0);
        Assert.That(SourceContract.Read(new MovingMnist(digits, 0, 9, seed: 2), 0), Is.Not.EqualTo(first));
        Assert.That(SourceContract.Read(new MovingMnist(digits, 0, 9, seed: 1), 1), Is.Not.EqualTo(first));
    }

    [Test]
    public void Read_DigitRange_NeverShowsADigitOutsideIt()
    {
        // Digit k is a single pixel of brightness k + 1.
        IdxImages digits = new(20, 1, 1, [.. Enumerable.Range(1, 20).Select(k => (byte)k)]);
        MovingMnist source = new(digits, 8, 5, steps: 3, frameSize: 4);
        HashSet<int> seen = [];
        for (int index = 0; index < 300; index++)
            seen.UnionWith(SourceContract.Read(source, index).Select(value => (int)Math.Round(value * 255)));
        Assert.That(seen.Order(), Is.EqualTo(new[] { 0, 9, 10, 11, 12, 13 }));
    }

    [TestCase(0, 21)]
    [TestCase(20, 1)]
    [TestCase(-1, 2)]
    [TestCase(0, 0)]
    public void Constructor_RangeOutsideTheFile_IsRefused(int first, int count) =>
        Assert.That(() => new MovingMnist(Digits(20, 2, 2), first, count), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Read_RealDigits_HaveTheStatisticsOfMovingMnist()
    {
        MovingMnist source = new(IdxImages.Read(SharedData.Require("mnist/t10k-images-idx3-ubyte.gz")), 8000, 2000);
        double sum = 0, change = 0;
        const int Sequences = 200;
        for (int index = 0; index < Sequences; index++)
        {
            float[] frames = SourceContract.Read(source, index);
            sum += frames.Average();
            for (int i = 4096; i < frames.Length; i++)
                change += Math.Abs(frames[i] - frames[i - 4096]) / (frames.Length - 4096);
        }
        // Two digits of mean intensity 0.13 on 28x28 of 64x64 pixels, a little of it hidden by overlap: near 0.048.
        Assert.That(sum / Sequences, Is.InRange(0.042, 0.056));
        Assert.That(change / Sequences, Is.InRange(0.02, 0.08));
    }
}
