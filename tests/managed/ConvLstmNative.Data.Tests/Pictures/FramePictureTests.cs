namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class FramePictureTests
{
    [Test]
    public void Write_Gray_IsMagnifiedInSharpSquares()
    {
        using TestFolder folder = new();
        FramePicture.Write(folder["a.png"], [0, 0.2f, 1.5f, -3, float.NaN, 1], new FrameShape(1, 2, 3), FrameColors.Gray, 3);
        RasterImage image = PngFile.Read(folder["a.png"]);
        Assert.That((image.Width, image.Height, image.Channels), Is.EqualTo((9, 6, 1)));
        int[] expected = [0, 51, 255, 0, 0, 255];
        for (int y = 0; y < 6; y++)
        {
            for (int x = 0; x < 9; x++)
                Assert.That(image.Samples[y * 9 + x], Is.EqualTo(expected[y / 3 * 3 + x / 3]), $"({x}, {y})");
        }
    }

    [Test]
    public void Write_ThreeChannels_AreColours()
    {
        using TestFolder folder = new();
        FramePicture.Write(folder["a.png"], [1, 0, 0.4f, 0, 0.2f, 1], new FrameShape(3, 1, 2));
        Assert.That(PngFile.Read(folder["a.png"]).Samples.ToArray(), Is.EqualTo(new ushort[] { 255, 102, 51, 0, 0, 255 }));
    }

    [Test]
    public void Write_Reflectivity_GoesFromDarkOverBlueAndGreenToRed()
    {
        using TestFolder folder = new();
        float[] reflectivity = [0, 12, 28, 50];
        FramePicture.Write(
            folder["a.png"], [.. reflectivity.Select(value => value / 60)], new FrameShape(1, 1, 4), FrameColors.Reflectivity);
        ushort[] samples = PngFile.Read(folder["a.png"]).Samples.ToArray();
        ushort[][] colors = [samples[..3], samples[3..6], samples[6..9], samples[9..]];
        Assert.That(colors[0].Max(), Is.LessThan(32));
        Assert.That(colors[1][2], Is.EqualTo(colors[1].Max()), "blue");
        Assert.That(colors[2][1], Is.EqualTo(colors[2].Max()), "green");
        Assert.That(colors[3][0], Is.EqualTo(colors[3].Max()), "red");
    }

    [Test]
    public void Write_BadArguments_AreRefused()
    {
        using TestFolder folder = new();
        Assert.That(() => FramePicture.Write(folder["a.png"], new float[5], new FrameShape(1, 2, 3)), Throws.ArgumentException);
        Assert.That(() => FramePicture.Write(folder["a.png"], new float[12], new FrameShape(2, 2, 3)), Throws.ArgumentException);
        Assert.That(
            () => FramePicture.Write(folder["a.png"], new float[6], new FrameShape(1, 2, 3), FrameColors.Gray, 0),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => FramePicture.Write(folder["a.png"], new float[6], new FrameShape(1, 2, 3), FrameColors.Gray, 100_000),
            Throws.ArgumentException);
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }
}
