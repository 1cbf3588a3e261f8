using ConvLstmNative.Data;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class BatchReaderTests
{
    [Test]
    public async Task NextAsync_FromTheMiddle_GivesTheSequencesInOrder()
    {
        var source = new NumberedSource(failAt: long.MaxValue);
        await using var reader = new BatchReader(source, batchSize: 3, firstIndex: 6);
        List<float> seen = [];
        for (int i = 0; i < 20; i++)
        {
            float[] batch = await reader.NextAsync();
            Assert.That(batch, Has.Length.EqualTo(3 * 4));
            seen.AddRange([batch[0], batch[4], batch[8]]);
            reader.Return(batch);
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(6, 60).Select(i => (float)i)));
    }

    [Test]
    public async Task NextAsync_SourceFails_ThrowsWhatTheSourceThrew()
    {
        await using var reader = new BatchReader(new NumberedSource(failAt: 4), batchSize: 2, firstIndex: 0);
        await reader.NextAsync();
        await reader.NextAsync();

        Assert.That(async () => await reader.NextAsync(), Throws.TypeOf<DataFormatException>());
    }

    private sealed class NumberedSource(long failAt) : IFrameSequenceSource
    {
        public FrameShape Shape => new(1, 1, 2);

        public int Steps => 2;

        public long Count => long.MaxValue;

        public void Read(long index, Span<float> frames)
        {
            if (index >= failAt)
                throw new DataFormatException("file", "a frame", "nothing");
            frames.Fill(index);
        }
    }
}
