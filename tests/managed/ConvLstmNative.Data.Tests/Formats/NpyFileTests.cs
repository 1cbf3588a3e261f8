using System.Text;

namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class NpyFileTests
{
    private static byte[] Bytes(string header, int dataBytes, byte major = 1, byte minor = 0)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = major == 1 ? [(byte)text.Length, (byte)(text.Length >> 8)] : [(byte)text.Length, (byte)(text.Length >> 8), 0, 0];
        return [0x93, .. "NUMPY"u8, major, minor, .. length, .. text, .. Enumerable.Range(0, dataBytes).Select(i => (byte)i)];
    }

    private static byte[] ReadAll(string path)
    {
        using NpyFile file = NpyFile.Open(path);
        byte[] all = new byte[file.ElementCount];
        file.Read(0, all);
        return all;
    }

    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }     \n", 1)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n", 2)]
    [TestCase("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"|u1\"}", 3)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L)}\n", 1)]
    public void Open_AnyVersionAndSpelling_IsRead(string header, int version)
    {
        using TestFolder folder = new();
        string path = folder.Write("a.npy", Bytes(header, 6, (byte)version));
        Assert.That(ReadAll(path), Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 5 }));
        using NpyFile file = NpyFile.Open(path);
        Assert.That(file.Shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(file.ElementType, Is.EqualTo(NpyElementType.UInt8));
    }

    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (5,)}", 6)]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (-6,)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (6.0,)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': 0, 'shape': (6,)}", 6)]
    [TestCase("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", 4)]
    [TestCase("{'descr': '|O', 'fortran_order': False, 'shape': (6,)}", 6)]
    [TestCase("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (6,)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False}", 6)]
    [TestCase("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (6,)}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (6,), 'extra': 'x'}", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (6,)} junk", 6)]
    [TestCase("{'descr': '|u1', 'fortran_order': False, 'shape': (6,", 6)]
    [TestCase("{'descr': '|u1", 6)]
    [TestCase("", 6)]
    public void Open_BadHeader_IsRefused(string header, int dataBytes)
    {
        using TestFolder folder = new();
        string path = folder.Write("bad.npy", Bytes(header, dataBytes));
        Assert.That(() => NpyFile.Open(path), Throws.InstanceOf<DataFormatException>().With.Message.Contains(path));
    }

    [Test]
    public void Open_BadVersionOrLength_IsRefused()
    {
        using TestFolder folder = new();
        string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (6,)}";
        byte[] longHeader = Bytes(header, 6, 2);
        longHeader[11] = 0x7f;
        foreach (byte[] bad in new[] { Bytes(header, 6, 4), Bytes(header, 6, 0), Bytes(header, 6, 1, 1), longHeader, [.. "PK"u8, .. Bytes(header, 6)] })
        {
            string path = folder.Write("bad.npy", bad);
            Assert.That(() => NpyFile.Open(path), Throws.InstanceOf<DataFormatException>());
        }
    }

    [Test]
    public void Open_EveryTruncation_IsRefused()
    {
        using TestFolder folder = new();
        NpyFile.Write(folder["a.npy"], [1f, 2, 3, 4, 5, 6], [2, 3]);
        BadFiles.AssertEveryTruncationIsRefused(
            folder, "b.npy", File.ReadAllBytes(folder["a.npy"]), path => NpyFile.Open(path).Dispose());
    }

    [Test]
    public void Open_FlippedBytes_AreReadOrRefused()
    {
        using TestFolder folder = new();
        NpyFile.Write(folder["a.npy"], [1, 2, 3, 4, 5, 6], [2, 3]);
        byte[] good = File.ReadAllBytes(folder["a.npy"]);
        BadFiles.AssertFlipsAreReadOrRefused(folder, "b.npy", good, good.Length - 6, path => ReadAll(path));
    }

    [Test]
    public void Write_ThenRead_GivesTheSameFloats()
    {
        using TestFolder folder = new();
        float[] values = [float.MinValue, -0f, float.NaN, float.Epsilon, float.PositiveInfinity, 0.1f];
        NpyFile.Write(folder["a.npy"], values, [1, 3, 2]);
        using NpyFile file = NpyFile.Open(folder["a.npy"]);
        float[] read = new float[6];
        file.Read(0, read);
        Assert.That(read.Select(BitConverter.SingleToInt32Bits), Is.EqualTo(values.Select(BitConverter.SingleToInt32Bits)));
        Assert.That(file.Shape, Is.EqualTo(new long[] { 1, 3, 2 }));
        float[] middle = new float[2];
        file.Read(3, middle);
        Assert.That(middle, Is.EqualTo(values[3..5]));
        Assert.That(() => file.Read(5, middle), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => file.Read(0, new byte[1]), Throws.InvalidOperationException);
    }

    [Test]
    public void Write_Header_IsThatOfNumPy()
    {
        using TestFolder folder = new();
        NpyFile.Write(folder["a.npy"], [7, 8], [2]);
        byte[] bytes = File.ReadAllBytes(folder["a.npy"]);
        Assert.That(bytes, Has.Length.EqualTo(128 + 2));
        Assert.That(bytes[..10], Is.EqualTo(new byte[] { 0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0 }));
        string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";
        Assert.That(Encoding.ASCII.GetString(bytes, 10, 118), Is.EqualTo(header.PadRight(117) + "\n"));
    }

    [Test]
    public void Read_BytesAsFloats_AreWidenedWithoutScale([Values(1, 2, 3, 4, 5, 17, 256)] int count)
    {
        using TestFolder folder = new();
        byte[] bytes = [.. Enumerable.Range(0, count).Select(i => (byte)(i * 91 + 3))];
        NpyFile.Write(folder["a.npy"], bytes, [count]);
        using NpyFile file = NpyFile.Open(folder["a.npy"]);
        float[] read = new float[count];
        file.Read(0, read);
        Assert.That(read, Is.EqualTo(bytes.Select(value => (float)value)));
    }

    [TestCase("|b1", NpyElementType.Boolean, new byte[] { 0, 1, 255 }, new[] { 0f, 1, 1 })]
    [TestCase("|i1", NpyElementType.Int8, new byte[] { 0, 127, 255 }, new[] { 0f, 127, -1 })]
    [TestCase("<i4", NpyElementType.Int32, new byte[] { 1, 0, 0, 0, 255, 255, 255, 255, 0, 1, 0, 0 }, new[] { 1f, -1, 256 })]
    [TestCase("<i8", NpyElementType.Int64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255 }, new[] { 1f, -1 })]
    [TestCase("<f8", NpyElementType.Float64, new byte[] { 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 4, 0xc0 }, new[] { 1f, -2.5f })]
    public void Read_OtherNumbersAsFloats_AreConverted(string descr, NpyElementType type, byte[] data, float[] expected)
    {
        using TestFolder folder = new();
        byte[] head = Bytes($"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({expected.Length},)}}", 0);
        using NpyFile file = NpyFile.Open(folder.Write("a.npy", [.. head, .. data]));
        float[] read = new float[expected.Length];
        file.Read(0, read);
        Assert.That(file.ElementType, Is.EqualTo(type));
        Assert.That(read, Is.EqualTo(expected));
    }

    [Test]
    public void Read_ManyDoubles_AreConvertedPieceByPiece()
    {
        using TestFolder folder = new();
        byte[] head = Bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (10000,)}", 0);
        byte[] data = [.. Enumerable.Range(0, 10000).SelectMany(value => BitConverter.GetBytes((double)value))];
        using NpyFile file = NpyFile.Open(folder.Write("a.npy", [.. head, .. data]));
        float[] read = new float[9999];
        file.Read(1, read);
        Assert.That(read, Is.EqualTo(Enumerable.Range(1, 9999).Select(value => (float)value)));
    }

    [Test]
    public void Write_ShapeOfAnotherProduct_IsAnArgumentException()
    {
        using TestFolder folder = new();
        Assert.That(() => NpyFile.Write(folder["a.npy"], new float[6], [2, 2]), Throws.ArgumentException);
        Assert.That(() => NpyFile.Write(folder["a.npy"], new float[6], [-2, -3]), Throws.ArgumentException);
        Assert.That(File.Exists(folder["a.npy"]), Is.False);
    }
}
