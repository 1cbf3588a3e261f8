using System.Text;

namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class PgmFileTests
{
    private static byte[] Bytes(string header, params byte[] raster) => [.. Encoding.Latin1.GetBytes(header), .. raster];

    private static readonly byte[] Good = Bytes("P5\n# one\n3 2\n#two\n255\n", 1, 2, 3, 4, 5, 6);

    [TestCase("P5 3 2 255\n")]
    [TestCase("P5\n# a comment\n# another 9 9\n3 2\n255\n")]
    [TestCase("P5#right after\n3#between\n2 # before\n\n\t255 ")]
    [TestCase("P5\r\n3\r\n2\r\n255\n")]
    [TestCase("P5\n003 002 #x\r0255#the end\n")]
    public void Read_AnyHeaderStyle_GivesTheSamples(string header)
    {
        using TestFolder folder = new();
        RasterImage image = PgmFile.Read(folder.Write("a.pgm", Bytes(header, 1, 2, 3, 4, 5, 35)));
        Assert.That((image.Width, image.Height, image.Channels, image.MaximumValue), Is.EqualTo((3, 2, 1, 255)));
        Assert.That(image.Samples.ToArray(), Is.EqualTo(new ushort[] { 1, 2, 3, 4, 5, 35 }));
    }

    [Test]
    public void Read_SixteenBits_IsBigEndian()
    {
        using TestFolder folder = new();
        RasterImage image = PgmFile.Read(folder.Write("a.pgm", Bytes("P5 2 1 4095\n", 0x0f, 0xff, 0x01, 0x02)));
        Assert.That(image.Samples.ToArray(), Is.EqualTo(new ushort[] { 4095, 258 }));
        Assert.That(image.MaximumValue, Is.EqualTo(4095));
    }

    [TestCase("P2\n3 2\n255\n", "magic")]
    [TestCase("P6\n3 2\n255\n", "magic")]
    [TestCase("P53 2\n255\n", "white space")]
    [TestCase("P5\n0 2\n255\n", "width")]
    [TestCase("P5\n-3 2\n255\n", "width")]
    [TestCase("P5\n3 x\n255\n", "height")]
    [TestCase("P5\n3 2\n0\n", "maximum")]
    [TestCase("P5\n3 2\n65536\n", "maximum")]
    [TestCase("P5\n99999999999999999999 2\n255\n", "width")]
    [TestCase("P5\n1000000 1000000\n65535\n", "1000000x1000000")]
    [TestCase("P5\n3 3\n255\n", "3x3")]
    [TestCase("P5\n3 1\n255\n", "end of the file")]
    [TestCase("P5\n3 2\n5\n", "samples up to 5")]
    public void Read_BadHeader_IsRefusedBySayingWhat(string header, string part)
    {
        using TestFolder folder = new();
        byte[] bytes = Bytes(header, 1, 2, 3, 4, 5, 6);
        foreach (byte[] file in new[] { bytes, TestFolder.Gzip(bytes) })
        {
            string path = folder.Write("bad.pgm", file);
            Assert.That(() => PgmFile.Read(path), Throws.InstanceOf<DataFormatException>().With.Message.Contains(part));
        }
    }

    [Test]
    public void Read_EndlessComment_IsRefused()
    {
        using TestFolder folder = new();
        string path = folder.Write("bad.pgm", TestFolder.Gzip(Bytes("P5\n#" + new string('x', 1_000_000))));
        Assert.That(() => PgmFile.Read(path), Throws.InstanceOf<DataFormatException>().With.Message.Contains("header of at most"));
    }

    [Test]
    public void Read_GzipWithJunkBehind_IsRefused()
    {
        using TestFolder folder = new();
        byte[] packed = TestFolder.Gzip(Good);
        foreach (byte[] file in new byte[][] { [.. packed, 0], [.. packed, .. packed], [.. packed, .. "\x1f\x8b"u8] })
        {
            string path = folder.Write("a.pgm.gz", file);
            Assert.That(() => PgmFile.Read(path), Throws.InstanceOf<DataFormatException>());
        }
    }

    [Test]
    public void Read_EveryTruncation_IsRefused([Values] bool gzip)
    {
        using TestFolder folder = new();
        BadFiles.AssertEveryTruncationIsRefused(folder, "a.pgm", gzip ? TestFolder.Gzip(Good) : Good, path => PgmFile.Read(path));
    }

    [Test]
    public void Read_FlippedBytes_AreReadOrRefused([Values] bool gzip)
    {
        using TestFolder folder = new();
        byte[] file = gzip ? TestFolder.Gzip(Good) : Good;
        BadFiles.AssertFlipsAreReadOrRefused(folder, "a.pgm", file, file.Length - (gzip ? 0 : 6), path => PgmFile.Read(path));
    }

    [Test]
    public void Write_ThenRead_GivesTheSameImage([Values(1, 255, 256, 65535)] int maximum)
    {
        using TestFolder folder = new();
        Random random = new(maximum);
        ushort[] samples = [.. Enumerable.Range(0, 7 * 5).Select(_ => (ushort)random.Next(maximum + 1))];
        PgmFile.Write(folder["a.pgm"], new RasterImage(7, 5, 1, maximum, samples));
        RasterImage read = PgmFile.Read(folder["a.pgm"]);
        Assert.That((read.Width, read.Height, read.MaximumValue), Is.EqualTo((7, 5, maximum)));
        Assert.That(read.Samples.ToArray(), Is.EqualTo(samples));
    }

    [Test]
    public void Read_RealRadarFrame_HasTheSizeAndTheNoDataOfItsComposite()
    {
        RasterImage image = PgmFile.Read(SharedData.Require("radar-fmi/20160928/201609281445.pgm.gz"));
        Assert.That((image.Width, image.Height, image.MaximumValue), Is.EqualTo((760, 1226, 255)));
        Assert.That(image.Samples.ToArray().Count(sample => sample == 255), Is.EqualTo(226_844));
    }
}
