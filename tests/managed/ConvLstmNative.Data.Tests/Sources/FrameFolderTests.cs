namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class FrameFolderTests
{
    private static RasterImage Image(int width, int height, Func<int, int> sample) =>
        new(width, height, 1, 255, [.. Enumerable.Range(0, width * height).Select(i => (ushort)sample(i))]);

    [Test]
    public void Load_MixedFormats_AreInOrdinalOrderOfTheirNames()
    {
        using TestFolder folder = new();
        PgmFile.Write(folder["b.pgm"], Image(2, 1, _ => 51));
        PngFile.Write(folder["c.PNG"], Image(2, 1, _ => 102));
        PgmFile.Write(folder["x"], Image(2, 1, _ => 0));
        folder.Write("a10.pgm.gz", TestFolder.Gzip(File.ReadAllBytes(folder["x"])));
        PngFile.Write(folder["x"], Image(2, 1, _ => 204));
        folder.Write("a9.png.gz", TestFolder.Gzip(File.ReadAllBytes(folder["x"])));
        folder.Write("notes.txt", [1, 2]);
        FrameSeries series = FrameFolder.Load(folder.Path);
        Assert.That(series.Names, Is.EqualTo(new[] { "a10.pgm.gz", "a9.png.gz", "b.pgm", "c.PNG" }));
        Assert.That(series.Shape, Is.EqualTo(new FrameShape(1, 1, 2)));
        float[] firsts = [series[0][0], series[1][0], series[2][0], series[3][1]];
        Assert.That(firsts, Is.EqualTo(new[] { 0, 0.8f, 0.2f, 0.4f }).Within(1e-6f));
    }

    [Test]
    public void Load_CropAndDownscale_AreAreaMeansOfThePart()
    {
        using TestFolder folder = new();
        PgmFile.Write(folder["a.pgm"], Image(7, 6, i => i * 5));
        FrameSeries series = FrameFolder.Load(
            folder.Path, new FrameFolderOptions { Crop = new FrameRectangle(1, 2, 5, 4), Downscale = 2 });
        Assert.That(series.Shape, Is.EqualTo(new FrameShape(1, 2, 2)));
        float[] expected = new float[4];
        for (int i = 0; i < 4; i++)
        {
            int x = 1 + i % 2 * 2, y = 2 + i / 2 * 2;
            int[] pixels = [7 * y + x, 7 * y + x + 1, 7 * y + 7 + x, 7 * y + 8 + x];
            expected[i] = (float)pixels.Average(pixel => pixel * 5 / 255.0);
        }
        Assert.That(series[0].ToArray(), Is.EqualTo(expected).Within(1e-6f));
    }

    [Test]
    public void Load_Colour_IsTakenApartIntoPlanes()
    {
        using TestFolder folder = new();
        PngFile.Write(folder["a.png"], new RasterImage(2, 1, 3, 255, [0, 51, 102, 153, 204, 255]));
        FrameSeries series = FrameFolder.Load(folder.Path);
        Assert.That(series.Shape, Is.EqualTo(new FrameShape(3, 1, 2)));
        Assert.That(series[0].ToArray(), Is.EqualTo(new[] { 0, 0.6f, 0.2f, 0.8f, 0.4f, 1 }).Within(1e-6f));
    }

    [Test]
    public void Load_AnotherSize_IsRefusedByName()
    {
        using TestFolder folder = new();
        PgmFile.Write(folder["a.pgm"], Image(2, 3, i => i));
        PgmFile.Write(folder["b.pgm"], Image(3, 2, i => i));
        Assert.That(
            () => FrameFolder.Load(folder.Path),
            Throws.InstanceOf<DataFormatException>().With.Message.Contains("b.pgm").And.Message.Contains("2x3").And.Message.Contains("3x2"));
    }

    [Test]
    public void Load_NothingToRead_SaysSo()
    {
        using TestFolder folder = new();
        Assert.That(() => FrameFolder.Load(folder.Path), Throws.InstanceOf<DataFormatException>().With.Message.Contains("none"));
        Assert.That(
            () => FrameFolder.Load(folder["none"]), Throws.InstanceOf<DirectoryNotFoundException>().With.Message.Contains(folder["none"]));
    }

    [Test]
    public void Load_BadOptions_AreRefused()
    {
        using TestFolder folder = new();
        PgmFile.Write(folder["a.pgm"], Image(4, 3, i => i));
        foreach (FrameFolderOptions options in new FrameFolderOptions[]
        {
            new() { Crop = new FrameRectangle(1, 0, 4, 3) },
            new() { Crop = new FrameRectangle(int.MaxValue, 0, 2, 2) },
            new() { Crop = new FrameRectangle(0, -1, 2, 2) },
            new() { Crop = new FrameRectangle(0, 0, 0, 2) },
            new() { Downscale = 0 },
            new() { Downscale = 4 },
            new() { MaximumFrames = 0 },
        })
            Assert.That(() => FrameFolder.Load(folder.Path, options), Throws.InstanceOf<ArgumentException>(), $"{options}");
    }

    [Test]
    public void Load_RealRadar_HasRainAndNoDataAtZero()
    {
        FrameSeries series = FrameFolder.Load(
            SharedData.Require("radar-fmi/20160928"), new FrameFolderOptions { Scale = ValueScale.RadarReflectivity, MaximumFrames = 3 });
        Assert.That(series.Shape, Is.EqualTo(new FrameShape(1, 1226, 760)));
        Assert.That(series.Names[1], Is.EqualTo("201609281450.pgm.gz"));
        Assert.That(series[0][0], Is.Zero, "the corner lies outside every radar's range");
        float[] frame = series[0].ToArray();
        Assert.That(frame.Count(value => value > 0) / (double)frame.Length, Is.InRange(0.2, 0.35), "share above 0 dBZ");
        Assert.That(frame.Max(), Is.InRange(0.7f, 0.9f), "the strongest echo, near 49 dBZ");
    }
}
