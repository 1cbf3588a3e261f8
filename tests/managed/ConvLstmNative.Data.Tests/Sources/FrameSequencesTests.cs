namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class FrameSequencesTests
{
    /// <summary>A value says where it comes from: frame, channel, row, column.</summary>
    private static FrameSeries Series(int frames, int channels, int height, int width) => new(
        new FrameShape(channels, height, width),
        [.. Enumerable.Range(0, frames).Select(t => Enumerable.Range(0, channels * height * width)
            .Select(i => (t * channels * height * width + i) / 100_000f).ToArray())]);

    private static void AssertCutOut(FrameSequences source, FrameSeries series, long index, int interval)
    {
        SequenceLocation at = source.Locate(index);
        float[] frames = SourceContract.Read(source, index);
        int i = 0;
        for (int t = 0; t < source.Steps; t++)
        {
            for (int c = 0; c < source.Shape.Channels; c++)
            {
                for (int y = 0; y < source.Shape.Height; y++)
                {
                    for (int x = 0; x < source.Shape.Width; x++)
                    {
                        int from = (c * series.Shape.Height + at.Top + y) * series.Shape.Width + at.Left + x;
                        Assert.That(frames[i++], Is.EqualTo(series[at.FirstFrame + t * interval][from]));
                    }
                }
            }
        }
    }

    [Test]
    public void Read_Tiled_VisitsEveryWindowAndTileInOrder()
    {
        FrameSeries series = Series(6, 2, 5, 7);
        FrameSequences source = new(series, new FrameSequencesOptions { Steps = 3, CropHeight = 2, CropWidth = 3, WindowInterval = 2 });
        List<SequenceLocation> expected = [];
        foreach (int first in new[] { 0, 2 })
        {
            foreach (int top in new[] { 0, 2 })
                expected.AddRange([new(first, top, 0), new(first, top, 3)]);
        }
        Assert.That(source.Shape, Is.EqualTo(new FrameShape(2, 2, 3)));
        Assert.That(Enumerable.Range(0, (int)source.Count).Select(i => source.Locate(i)), Is.EqualTo(expected));
        for (int i = 0; i < expected.Count; i++)
            AssertCutOut(source, series, i, 1);
        SourceContract.Assert(source);
    }

    [Test]
    public void Read_WholeFrames_HaveOneSequencePerWindow()
    {
        FrameSeries series = Series(6, 1, 3, 2);
        FrameSequences source = new(series, new FrameSequencesOptions { Steps = 3, FrameInterval = 2 });
        Assert.That(source.Count, Is.EqualTo(2));
        AssertCutOut(source, series, 1, 2);
        Assert.That(new FrameSequences(series, new FrameSequencesOptions { Steps = 6 }).Count, Is.EqualTo(1));
    }

    [Test]
    public void Read_Random_StaysInsideAndReachesEveryPlace()
    {
        FrameSeries series = Series(4, 2, 4, 5);
        FrameSequences source = new(
            series, new FrameSequencesOptions { Steps = 3, CropHeight = 3, CropWidth = 3, Placement = CropPlacement.Random, Seed = 8 });
        HashSet<SequenceLocation> seen = [];
        for (int index = 0; index < 400; index++)
        {
            AssertCutOut(source, series, index, 1);
            seen.Add(source.Locate(index));
        }
        Assert.That(seen, Has.Count.EqualTo(2 * 2 * 3));
        SourceContract.Assert(source);
    }

    [Test]
    public void Locate_MinimumContent_KeepsToTheRain([Values] CropPlacement placement)
    {
        // Rain of 0.5 stands in the columns from 12 on; all else is dry.
        float[] frame = [.. Enumerable.Range(0, 16 * 16).Select(i => i % 16 >= 12 ? 0.5f : 0.1f)];
        FrameSeries series = new(new FrameShape(1, 16, 16), [frame, frame, frame]);
        FrameSequences source = new(series, new FrameSequencesOptions
        {
            Steps = 2,
            CropHeight = 4,
            CropWidth = 4,
            Placement = placement,
            MinimumContent = 0.5,
            ContentThreshold = 0.2f,
        });
        for (int index = 0; index < Math.Min(source.Count, 100); index++)
            Assert.That(SourceContract.Read(source, index).Count(value => value > 0.2f), Is.GreaterThanOrEqualTo(16));
        if (placement == CropPlacement.Tiled)
            Assert.That(source.Count, Is.EqualTo(2 * 4));
    }

    [Test]
    public void Locate_NoRainAnywhere_StillGivesACropAtRandomAndRefusesTiles()
    {
        FrameSeries series = new(new FrameShape(1, 8, 8), [new float[64], new float[64]]);
        FrameSequencesOptions options = new() { Steps = 2, CropHeight = 4, CropWidth = 4, MinimumContent = 0.1 };
        FrameSequences random = new(series, options with { Placement = CropPlacement.Random });
        Assert.That(SourceContract.Read(random, 5), Is.All.Zero);
        Assert.That(() => new FrameSequences(series, options), Throws.ArgumentException.With.Message.Contains("MinimumContent"));
    }

    [Test]
    public void Constructor_BadOptions_AreRefused()
    {
        FrameSeries series = Series(4, 1, 6, 5);
        foreach (FrameSequencesOptions options in new FrameSequencesOptions[]
        {
            new() { Steps = 5 },
            new() { Steps = 0 },
            new() { Steps = 3, FrameInterval = 2 },
            new() { Steps = 2, FrameInterval = int.MaxValue },
            new() { Steps = 2, WindowInterval = 0 },
            new() { Steps = 2, CropHeight = 7 },
            new() { Steps = 2, CropWidth = 0 },
            new() { Steps = 2, MinimumContent = double.NaN },
        })
            Assert.That(() => new FrameSequences(series, options), Throws.ArgumentException, $"{options}");
    }

    [Test]
    public void Slice_OfASeries_SharesItsFrames()
    {
        FrameSeries series = Series(5, 1, 2, 2);
        FrameSeries middle = series.Slice(1, 3);
        Assert.That((middle.Count, middle.Names[0]), Is.EqualTo((3, "1")));
        Assert.That(middle[2].ToArray(), Is.EqualTo(series[3].ToArray()));
        Assert.That(() => series.Slice(3, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
