using SkiaSharp;

namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class AnimationTests
{
    private static readonly FrameShape Shape = new(1, 9, 7);

    private static float[] Frames(int count, int firstGray) =>
        [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Repeat((firstGray + i) / 255f, Shape.ElementCount))];

    /// <summary>How many pixels of each decoded picture have the gray that is asked for.</summary>
    private static List<Func<int, int>> Decode(string path, out int[] durations)
    {
        using SKCodec codec = SKCodec.Create(path);
        durations = [.. codec.FrameInfo.Select(info => info.Duration)];
        List<Func<int, int>> counts = [];
        for (int i = 0; i < codec.FrameCount; i++)
        {
            SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            using SKBitmap bitmap = new(info);
            Assert.That(codec.GetPixels(info, bitmap.GetPixels(), new SKCodecOptions(i)), Is.EqualTo(SKCodecResult.Success));
            SKColor[] pixels = bitmap.Pixels;
            counts.Add(gray => pixels.Count(pixel => pixel == new SKColor((byte)gray, (byte)gray, (byte)gray)));
        }
        return counts;
    }

    [Test]
    public void Write_KnownTruth_PlaysInputThenTruthBesidePrediction()
    {
        using TestFolder folder = new();
        ForecastPictureOptions options = new() { Magnification = 4, FrameDuration = TimeSpan.FromMilliseconds(120) };
        Animation.Write(folder["a.webp"], Frames(5, 100), Frames(3, 150), Shape, 2, options);
        List<Func<int, int>> counts = Decode(folder["a.webp"], out int[] durations);
        int area = Shape.ElementCount * 16;
        Assert.That(durations, Is.EqualTo(new[] { 120, 120, 120, 120, 600 }));
        for (int i = 0; i < 5; i++)
        {
            Assert.That(counts[i](100 + i), Is.EqualTo(i < 2 ? 2 * area : area), $"frame {i}");
            if (i >= 2)
                Assert.That(counts[i](150 + i - 2), Is.EqualTo(area), $"predicted {i - 2}");
        }
    }

    [Test]
    public void Write_UnknownTruth_PlaysOnePanel()
    {
        using TestFolder folder = new();
        Animation.Write(folder["a.webp"], Frames(2, 100), Frames(3, 150), Shape, 2, new ForecastPictureOptions { Magnification = 4 });
        List<Func<int, int>> counts = Decode(folder["a.webp"], out int[] durations);
        Assert.That(durations, Has.Length.EqualTo(5));
        Assert.That(counts[0](100), Is.EqualTo(Shape.ElementCount * 16));
        Assert.That(counts[4](152), Is.EqualTo(Shape.ElementCount * 16));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void Write_BadOptions_AreRefused()
    {
        using TestFolder folder = new();
        foreach (ForecastPictureOptions options in new ForecastPictureOptions[] { new() { Magnification = 0 }, new() { FrameDuration = TimeSpan.Zero } })
            Assert.That(() => Animation.Write(folder["a.webp"], Frames(2, 100), Frames(3, 150), Shape, 2, options), Throws.ArgumentException);
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }
}
