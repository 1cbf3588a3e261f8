namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class ShuffledSequencesTests
{
    private static FrameSequences Source(int count) => new(
        new FrameSeries(new FrameShape(1, 1, 1), [.. Enumerable.Range(0, count).Select(i => new[] { i / 1000f })]),
        new FrameSequencesOptions { Steps = 1 });

    [Test]
    public void Map_EveryRun_VisitsEachSequenceOnce([Values(1, 2, 3, 5, 16, 17, 100)] int count)
    {
        ShuffledSequences shuffled = new(Source(count), seed: 9);
        for (int epoch = 0; epoch < 5; epoch++)
        {
            long[] order = [.. Enumerable.Range(epoch * count, count).Select(index => shuffled.Map(index))];
            Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, count).Select(i => (long)i)));
        }
    }

    [Test]
    public void Map_OtherRunOrSeed_GivesAnotherOrder()
    {
        ShuffledSequences shuffled = new(Source(50), seed: 9), other = new(Source(50), seed: 10);
        long[] first = [.. Enumerable.Range(0, 50).Select(index => shuffled.Map(index))];
        Assert.That(first, Is.Not.Ordered);
        Assert.That(Enumerable.Range(50, 50).Select(index => shuffled.Map(index)), Is.Not.EqualTo(first));
        Assert.That(Enumerable.Range(0, 50).Select(index => other.Map(index)), Is.Not.EqualTo(first));
    }

    [Test]
    public void Read_Always_KeepsTheContract()
    {
        ShuffledSequences shuffled = new(Source(7));
        Assert.That(shuffled.Count, Is.EqualTo(long.MaxValue));
        SourceContract.Assert(shuffled);
        Assert.That(SourceContract.Read(shuffled, 12)[0], Is.EqualTo(shuffled.Map(12) / 1000f));
    }
}
