using System.Buffers.Binary;
using System.IO.Hashing;

namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class PngFileTests
{
    private static RasterImage Image(int width, int height, int channels)
    {
        Random random = new(width * 31 + height);
        return new RasterImage(
            width, height, channels, 255, [.. Enumerable.Range(0, width * height * channels).Select(_ => (ushort)random.Next(256))]);
    }

    private static byte[] Good(TestFolder folder)
    {
        PngFile.Write(folder["good.png"], Image(9, 6, 1));
        return File.ReadAllBytes(folder["good.png"]);
    }

    /// <summary>Overwrites part of the header chunk and makes its checksum right again, so that only the lie is left.</summary>
    private static byte[] WithHeader(byte[] png, int offset, params byte[] replacement)
    {
        byte[] bad = (byte[])png.Clone();
        replacement.CopyTo(bad, 16 + offset);
        BinaryPrimitives.WriteUInt32BigEndian(bad.AsSpan(29), Crc32.HashToUInt32(bad.AsSpan(12, 17)));
        return bad;
    }

    [TestCase(9, 6, 1)]
    [TestCase(9, 6, 3)]
    [TestCase(1, 1, 1)]
    [TestCase(1, 7, 3)]
    public void Write_ThenRead_GivesTheSameImage(int width, int height, int channels)
    {
        using TestFolder folder = new();
        RasterImage image = Image(width, height, channels);
        PngFile.Write(folder["a.png"], image);
        RasterImage read = PngFile.Read(folder["a.png"]);
        Assert.That((read.Width, read.Height, read.Channels, read.MaximumValue), Is.EqualTo((width, height, channels, 255)));
        Assert.That(read.Samples.ToArray(), Is.EqualTo(image.Samples.ToArray()));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1), "no temporary file is left");
    }

    [Test]
    public void Read_GrayPixelsStoredAsColour_HaveOneChannel()
    {
        using TestFolder folder = new();
        PngFile.Write(folder["a.png"], new RasterImage(2, 1, 3, 255, [7, 7, 7, 200, 200, 200]));
        RasterImage read = PngFile.Read(folder["a.png"]);
        Assert.That(read.Channels, Is.EqualTo(1));
        Assert.That(read.Samples.ToArray(), Is.EqualTo(new ushort[] { 7, 200 }));
    }

    [Test]
    public void Read_Gzip_GivesTheSameImage()
    {
        using TestFolder folder = new();
        RasterImage read = PngFile.Read(folder.Write("a.png.gz", TestFolder.Gzip(Good(folder))));
        Assert.That(read.Samples.ToArray(), Is.EqualTo(Image(9, 6, 1).Samples.ToArray()));
    }

    [Test]
    public void Read_EveryTruncation_IsRefused([Values] bool gzip)
    {
        using TestFolder folder = new();
        byte[] good = Good(folder);
        BadFiles.AssertEveryTruncationIsRefused(folder, "a.png", gzip ? TestFolder.Gzip(good) : good, path => PngFile.Read(path));
    }

    /// <summary>The chunks' checksums cover the whole file, so that no single damaged byte passes.</summary>
    [Test]
    public void Read_AnyDamagedByte_IsRefused()
    {
        using TestFolder folder = new();
        byte[] good = Good(folder);
        for (int i = 0; i < good.Length; i++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[i] ^= (byte)(1 << (i % 8));
            string path = folder.Write("bad.png", bad);
            Assert.That(() => PngFile.Read(path), Throws.InstanceOf<DataFormatException>(), $"byte {i}");
        }
    }

    [Test]
    public void Read_SizeThatTheDataCannotFill_IsRefusedBeforeDecoding()
    {
        using TestFolder folder = new();
        string path = folder.Write("bad.png", WithHeader(Good(folder), 0, 0, 0, 0x10, 0, 0, 0, 0x10, 0));
        Assert.That(() => PngFile.Read(path), Throws.InstanceOf<DataFormatException>().With.Message.Contains("PNG data for"));
    }

    [Test]
    public void Read_LyingHeaderWithRightChecksum_IsRefused()
    {
        using TestFolder folder = new();
        byte[] good = Good(folder);
        byte[][] bad =
        [
            WithHeader(good, 0, 0, 0, 0, 0),
            WithHeader(good, 0, 0xff, 0xff, 0xff, 0xff),
            WithHeader(good, 0, 0, 0x0f, 0, 0, 0, 0, 0x01, 0),
            WithHeader(good, 0, 0, 0, 0x10, 0, 0, 0, 0x10, 0),
            WithHeader(good, 4, 0, 0, 0, 7),
            WithHeader(good, 8, 16),
            WithHeader(good, 9, 5),
            [.. good, 0],
            [.. "RIFF"u8, .. good[4..]],
        ];
        foreach (byte[] file in bad)
        {
            string path = folder.Write("bad.png", file);
            Assert.That(() => PngFile.Read(path), Throws.InstanceOf<DataFormatException>(), Convert.ToHexString(file.AsSpan(16, 13)));
        }
    }

    /// <summary>Flips in the header chunk with the checksum made right: the decoder itself must cope.</summary>
    [Test]
    public void Read_FlippedHeaderWithRightChecksum_IsReadOrRefused()
    {
        using TestFolder folder = new();
        byte[] good = Good(folder);
        Random random = new(5);
        for (int round = 0; round < 300; round++)
        {
            int offset = random.Next(13);
            string path = folder.Write("bad.png", WithHeader(good, offset, (byte)random.Next(256)));
            try
            {
                PngFile.Read(path);
            }
            catch (DataFormatException exception)
            {
                Assert.That(exception.Path, Is.EqualTo(path));
            }
        }
    }

    [Test]
    public void Read_MissingFile_NamesIt()
    {
        using TestFolder folder = new();
        Assert.That(() => PngFile.Read(folder["none.png"]), Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("none.png"));
    }
}
