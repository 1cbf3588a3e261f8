using System.Buffers.Binary;

namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class IdxTests
{
    private static byte[] Images(uint count, uint height, uint width, int pixels, uint magic = 0x803)
    {
        byte[] bytes = new byte[16 + pixels];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, magic);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), count);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), height);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(12), width);
        for (int i = 0; i < pixels; i++)
            bytes[16 + i] = (byte)(i * 37 + 11);
        return bytes;
    }

    private static byte[] Labels(uint count, params byte[] labels)
    {
        byte[] bytes = [0, 0, 8, 1, 0, 0, 0, 0, .. labels];
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), count);
        return bytes;
    }

    [Test]
    public void ReadImages_PlainAndGzip_GiveTheSamePixels([Values] bool gzip)
    {
        using TestFolder folder = new();
        byte[] bytes = Images(3, 2, 5, 30);
        IdxImages images = IdxImages.Read(folder.Write("any.name", gzip ? TestFolder.Gzip(bytes) : bytes));
        Assert.That((images.Count, images.Height, images.Width), Is.EqualTo((3, 2, 5)));
        Assert.That(images[2].ToArray(), Is.EqualTo(bytes[^10..]));
        Assert.That(() => images[3].Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void ReadLabels_PlainAndGzip_GiveTheSameValues([Values] bool gzip)
    {
        using TestFolder folder = new();
        byte[] bytes = Labels(4, 7, 2, 1, 0);
        IdxLabels labels = IdxLabels.Read(folder.Write("labels", gzip ? TestFolder.Gzip(bytes) : bytes));
        Assert.That(labels.Values.ToArray(), Is.EqualTo(new byte[] { 7, 2, 1, 0 }));
        Assert.That(labels.Count, Is.EqualTo(4));
    }

    [TestCase(3u, 2u, 5u, 31, 0x803u, TestName = "ReadImages_BytesAfterTheLast_AreRefused")]
    [TestCase(4u, 2u, 5u, 30, 0x803u, TestName = "ReadImages_MoreClaimedThanPresent_AreRefused")]
    [TestCase(0x7fffffffu, 0x7fffffffu, 0x7fffffffu, 30, 0x803u, TestName = "ReadImages_OverflowingProduct_IsRefused")]
    [TestCase(0xffffffffu, 0xffffffffu, 2u, 30, 0x803u, TestName = "ReadImages_NegativeLookingSizes_AreRefused")]
    [TestCase(2147483647u, 1u, 1u, 30, 0x803u, TestName = "ReadImages_AbsurdCount_IsRefused")]
    [TestCase(3u, 0u, 5u, 0, 0x803u, TestName = "ReadImages_NoRows_AreRefused")]
    [TestCase(3u, 2u, 5u, 30, 0x801u, TestName = "ReadImages_MagicOfLabels_IsRefused")]
    [TestCase(3u, 2u, 5u, 30, 0xd03u, TestName = "ReadImages_FloatElements_AreRefused")]
    public void ReadImages_BadHeader_IsRefused(uint count, uint height, uint width, int pixels, uint magic)
    {
        using TestFolder folder = new();
        byte[] bytes = Images(count, height, width, pixels, magic);
        string plain = folder.Write("plain", bytes), packed = folder.Write("packed", TestFolder.Gzip(bytes));
        Assert.That(() => IdxImages.Read(plain), Throws.InstanceOf<DataFormatException>().With.Message.Contains(plain));
        Assert.That(() => IdxImages.Read(packed), Throws.InstanceOf<DataFormatException>().With.Message.Contains(packed));
    }

    [Test]
    public void ReadLabels_LyingCount_IsRefused([Values(3u, 5u, 0xffffffffu)] uint count)
    {
        using TestFolder folder = new();
        string path = folder.Write("labels", Labels(count, 7, 2, 1, 0));
        Assert.That(() => IdxLabels.Read(path), Throws.InstanceOf<DataFormatException>());
    }

    [Test]
    public void ReadImages_EveryTruncation_IsRefused([Values] bool gzip)
    {
        using TestFolder folder = new();
        byte[] bytes = Images(3, 4, 5, 60);
        BadFiles.AssertEveryTruncationIsRefused(
            folder, "images", gzip ? TestFolder.Gzip(bytes) : bytes, path => IdxImages.Read(path));
    }

    [Test]
    public void ReadImages_FlippedBytes_AreReadOrRefused([Values] bool gzip)
    {
        using TestFolder folder = new();
        byte[] bytes = Images(3, 4, 5, 60);
        byte[] file = gzip ? TestFolder.Gzip(bytes) : bytes;
        BadFiles.AssertFlipsAreReadOrRefused(folder, "images", file, gzip ? file.Length : 16, path => IdxImages.Read(path));
    }

    [Test]
    public void Read_MissingFile_NamesIt()
    {
        using TestFolder folder = new();
        Assert.That(() => IdxImages.Read(folder["none"]), Throws.InstanceOf<FileNotFoundException>().With.Message.Contains(folder["none"]));
        Assert.That(() => IdxLabels.Read(folder.Path), Throws.InstanceOf<FileNotFoundException>().With.Message.Contains(folder.Path));
    }

    [Test]
    public void Read_RealMnist_HasTenThousandDigits()
    {
        IdxImages images = IdxImages.Read(SharedData.Require("mnist/t10k-images-idx3-ubyte.gz"));
        IdxLabels labels = IdxLabels.Read(SharedData.Require("mnist/t10k-labels-idx1-ubyte.gz"));
        Assert.That((images.Count, images.Height, images.Width, labels.Count), Is.EqualTo((10_000, 28, 28, 10_000)));
        Assert.That(labels.Values[..4].ToArray(), Is.EqualTo(new byte[] { 7, 2, 1, 0 }));
        Assert.That(labels.Values.ToArray().GroupBy(label => label).OrderBy(group => group.Key).Select(group => group.Count()),
            Is.EqualTo(new[] { 980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009 }));
    }
}
