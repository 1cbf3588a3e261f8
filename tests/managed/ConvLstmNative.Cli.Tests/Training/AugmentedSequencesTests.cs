using ConvLstmNative.Data;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class AugmentedSequencesTests
{
    [TestCase(3, 3, 8)]
    [TestCase(2, 3, 4)]
    public void Read_ManyIndices_GivesEverySymmetryOfTheSameSequence(int height, int width, int symmetries)
    {
        var source = new CountingSource(height, width);
        var augmented = new AugmentedSequences(source, seed: 5);
        HashSet<string> seen = [];
        for (long index = 0; index < 200; index++)
        {
            float[] frames = new float[2 * height * width];
            augmented.Read(index, frames);
            float[] first = frames[..(height * width)], second = frames[(height * width)..];
            Assert.That(first, Is.EquivalentTo(Enumerable.Range(0, height * width).Select(i => (float)i)));
            Assert.That(second, Is.EqualTo(first.Select(value => value + 100)), "every frame of a sequence turns alike");
            seen.Add(string.Join(' ', first));
        }

        Assert.That(seen, Has.Count.EqualTo(symmetries));
    }

    [Test]
    public void Read_SameIndex_GivesTheSame()
    {
        var augmented = new AugmentedSequences(new MovingShapes(steps: 2, frameSize: 16), seed: 9);
        float[] first = new float[512], again = new float[512];
        augmented.Read(12, first);
        augmented.Read(3, again);
        augmented.Read(12, again);

        Assert.That(again, Is.EqualTo(first));
    }

    private sealed class CountingSource(int height, int width) : IFrameSequenceSource
    {
        public FrameShape Shape => new(1, height, width);

        public int Steps => 2;

        public long Count => long.MaxValue;

        public void Read(long index, Span<float> frames)
        {
            for (int i = 0; i < frames.Length; i++)
                frames[i] = i % (height * width) + 100 * (i / (height * width));
        }
    }
}
