namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class ContactSheetTests
{
    private const int Input = 3, Horizon = 4;
    private static readonly FrameShape Shape = new(1, 8, 12);

    /// <summary>Frame i has one gray of its own, so that it can be found again on the sheet.</summary>
    private static float[] Frames(int count, int firstGray) =>
        [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Repeat((firstGray + i) / 255f, Shape.ElementCount))];

    private static int CountOf(RasterImage image, int gray)
    {
        int count = 0;
        for (int i = 0; i < image.Samples.Length; i += 3)
            count += image.Samples[i] == gray && image.Samples[i + 1] == gray && image.Samples[i + 2] == gray ? 1 : 0;
        return count;
    }

    [Test]
    public void Write_WholeForecast_ShowsEveryFrameOnceAndTheLastInputAgainBelow()
    {
        using TestFolder folder = new();
        ContactSheet.Write(
            folder["a.png"], Frames(Input + Horizon, 100), Frames(Horizon, 150), Shape, Input, new ForecastPictureOptions { Magnification = 5 });
        RasterImage image = PngFile.Read(folder["a.png"]);
        int area = Shape.ElementCount * 25;
        for (int i = 0; i < Input + Horizon; i++)
            Assert.That(CountOf(image, 100 + i), Is.EqualTo(area * (i == Input - 1 ? 1 + Horizon : 1)), $"frame {i}");
        for (int i = 0; i < Horizon; i++)
            Assert.That(CountOf(image, 150 + i), Is.EqualTo(area), $"predicted {i}");
    }

    [Test]
    public void Write_TruthUnknown_LeavesItsRowOut()
    {
        using TestFolder folder = new();
        ForecastPictureOptions options = new() { Magnification = 5, ShowPersistence = false };
        ContactSheet.Write(folder["a.png"], Frames(Input + Horizon, 100), Frames(Horizon, 150), Shape, Input, options);
        ContactSheet.Write(folder["b.png"], Frames(Input, 100), Frames(Horizon, 150), Shape, Input, options);
        RasterImage with = PngFile.Read(folder["a.png"]), without = PngFile.Read(folder["b.png"]);
        Assert.That(with.Height - without.Height, Is.EqualTo(Shape.Height * 5 + 8));
        Assert.That(CountOf(without, 100 + Input - 1), Is.EqualTo(Shape.ElementCount * 25));
    }

    [Test]
    public void Write_Reflectivity_AddsALegend()
    {
        using TestFolder folder = new();
        ForecastPictureOptions options = new() { StepDuration = TimeSpan.FromMinutes(5), Magnification = 12 };
        ContactSheet.Write(folder["a.png"], Frames(Input + Horizon, 100), Frames(Horizon, 150), Shape, Input, options);
        ContactSheet.Write(
            folder["b.png"], Frames(Input + Horizon, 100), Frames(Horizon, 150), Shape, Input, options with { Colors = FrameColors.Reflectivity });
        Assert.That(PngFile.Read(folder["b.png"]).Height, Is.GreaterThan(PngFile.Read(folder["a.png"]).Height));
    }

    [Test]
    public void Write_TinyFrames_AreMagnifiedByDefault()
    {
        using TestFolder folder = new();
        ContactSheet.Write(folder["a.png"], Frames(Input, 100), Frames(Horizon, 150), Shape, Input);
        Assert.That(PngFile.Read(folder["a.png"]).Width, Is.GreaterThan(400));
    }

    [Test]
    public void Write_WrongNumberOfFrames_IsRefused()
    {
        using TestFolder folder = new();
        foreach ((int sequence, int predicted, int input) in new[] { (5, 4, 3), (3, 4, 2), (7, 4, 0), (0, 4, 3), (7, 0, 3), (8, 4, 3) })
        {
            Assert.That(
                () => ContactSheet.Write(folder["a.png"], Frames(sequence, 100), Frames(predicted, 150), Shape, input),
                Throws.ArgumentException,
                $"{sequence}, {predicted}, {input}");
        }
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }
}
