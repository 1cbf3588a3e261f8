using System.Buffers.Binary;
using System.Text;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class SafetensorsTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    private string _folder = string.Empty;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("convlstm-tests-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void WriteRead_Tensors_ComeBack()
    {
        string path = Path.Combine(_folder, "t.safetensors");
        float[] a = Numbers.Random(1, 6);
        SafetensorsWriter.Write(
            path,
            [
                new SafetensorsTensor("ä.b", [2, 3], values => a.CopyTo(values)),
                new SafetensorsTensor("scalar", [], values => values[0] = 7),
                new SafetensorsTensor("empty", [0, 4], _ => { }),
            ],
            new Dictionary<string, string> { ["k"] = "v\n\"" });
        using SafetensorsReader file = SafetensorsReader.Open(path);
        float[] read = Numbers.Poisoned(6);
        file.Read("ä.b", read);
        Assert.That(read, Is.EqualTo(a));
        Assert.That(file.Tensors["ä.b"].Shape.ToArray(), Is.EqualTo(new long[] { 2, 3 }));
        float[] scalar = new float[1];
        file.Read("scalar", scalar);
        Assert.That(scalar[0], Is.EqualTo(7));
        Assert.That(file.Tensors["empty"].ElementCount, Is.Zero);
        Assert.That(file.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["k"] = "v\n\"" }));
        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(path)) % 8, Is.Zero, "data is aligned");
    }

    [Test]
    public void Write_SourceThrows_LeavesTheOldFileAndNoOther()
    {
        string path = Path.Combine(_folder, "t.safetensors");
        File.WriteAllText(path, "old");
        Assert.That(
            () => SafetensorsWriter.Write(path, [new SafetensorsTensor("a", [1], _ => throw new InvalidDataException())], []),
            Throws.TypeOf<InvalidDataException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    private static IEnumerable<TestCaseData> Lies()
    {
        byte[] eight = new byte[8];
        yield return Case("empty file", [], "at least 8 bytes");
        yield return Case("shorter than its length", [1, 2, 3], "at least 8 bytes");
        yield return Case("header beyond the end", [.. Length(100), 1, 2], "header length");
        yield return Case("huge header", [.. Length(long.MaxValue), 1, 2], "header length");
        yield return Case("negative header", [.. Length(-1), 1, 2], "header length");
        yield return Case("not JSON", Bytes("{nonsense", eight), "header");
        yield return Case("not UTF-8", [.. Length(2), 0xFF, 0xFE], "header");
        yield return Case("an array", Bytes("[]", []), "a JSON Object");
        yield return Case("deeply nested", Bytes(new string('[', 5000), []), "header");
        yield return Case("duplicate names", Bytes(Good[..^1] + "," + Good[1..], eight), "duplicate");
        yield return Case("duplicate names, one escaped", Bytes(Good[..^1] + "," + Good[1..].Replace("\"a\"", "\"\\u0061\"", StringComparison.Ordinal), eight), "duplicate");
        yield return Case("duplicate metadata", Bytes("""{"__metadata__":{"a":"1","a":"2"}}""", []), "duplicate");
        yield return Case("half a surrogate pair", Bytes("""{"__metadata__":{"a":"\ud800"}}""", []), "header");
        yield return Case("metadata of numbers", Bytes("""{"__metadata__":{"a":1}}""", []), "__metadata__.a");
        yield return Case("metadata as text", Bytes("""{"__metadata__":"x"}""", []), "__metadata__");
        yield return Case("entry as text", Bytes("""{"a":"F32"}""", []), "tensor 'a'");
        yield return Case("no shape", Bytes("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", eight), "dtype, shape and data_offsets");
        yield return Case("unknown type", Bytes(Good.Replace("F32", "F31", StringComparison.Ordinal), eight), "F31");
        yield return Case("negative size", Bytes(Good.Replace("[2]", "[-2]", StringComparison.Ordinal), eight), "-2");
        yield return Case("fractional size", Bytes(Good.Replace("[2]", "[2.5]", StringComparison.Ordinal), eight), "2.5");
        yield return Case("overflowing shape", Bytes(Good.Replace("[2]", "[4611686018427387904,4,4]", StringComparison.Ordinal), eight), "as many bytes");
        yield return Case("shape of another length", Bytes(Good.Replace("[2]", "[3]", StringComparison.Ordinal), eight), "as many bytes");
        yield return Case("offsets in reverse", Bytes(Good.Replace("[0,8]", "[8,0]", StringComparison.Ordinal), eight), "begin and end in order");
        yield return Case("three offsets", Bytes(Good.Replace("[0,8]", "[0,4,8]", StringComparison.Ordinal), eight), "begin and end in order");
        yield return Case("hole", Bytes(Good.Replace("[0,8]", "[4,12]", StringComparison.Ordinal), new byte[12]), "begin 0");
        yield return Case("overlap", Bytes(Good[..^1] + ""","b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", new byte[12]), "begin 8");
        yield return Case("truncated", Bytes(Good, new byte[7]), "8 bytes, as the header says, got 7");
        yield return Case("trailing bytes", Bytes(Good, new byte[9]), "8 bytes, as the header says, got 9");
    }

    [TestCaseSource(nameof(Lies))]
    public void Open_LyingFile_ThrowsModelFormat(byte[] content, string part)
    {
        string path = Path.Combine(_folder, "lie.safetensors");
        File.WriteAllBytes(path, content);
        Assert.That(
            () => SafetensorsReader.Open(path),
            Throws.TypeOf<ModelFormatException>().With.Message.StartsWith(path).And.Message.Contains(part).And.Message.Contains("expected"));
    }

    [TestCase(float.NaN)]
    [TestCase(float.NegativeInfinity)]
    public void Read_NonFiniteValue_ThrowsWithItsPlace(float value)
    {
        string path = Path.Combine(_folder, "n.safetensors");
        SafetensorsWriter.Write(path, [new SafetensorsTensor("a", [3], values => values[2] = value)], []);
        using SafetensorsReader file = SafetensorsReader.Open(path);
        Assert.That(() => file.Read("a", new float[3]), Throws.TypeOf<ModelFormatException>().With.Message.Contains("'a'[2]"));
    }

    [Test]
    public void Read_AnotherTypeNameOrLength_ThrowsModelFormat()
    {
        string path = Path.Combine(_folder, "i.safetensors");
        File.WriteAllBytes(path, Bytes(Good.Replace("F32", "I32", StringComparison.Ordinal), new byte[8]));
        using SafetensorsReader file = SafetensorsReader.Open(path);
        Assert.That(() => file.Read("a", new float[2]), Throws.TypeOf<ModelFormatException>().With.Message.Contains("I32"));
        Assert.That(() => file.Read("b", new float[2]), Throws.TypeOf<ModelFormatException>().With.Message.Contains("no such tensor"));
    }

    [Test]
    public void Open_MissingFile_ThrowsFileNotFound() =>
        Assert.That(() => SafetensorsReader.Open(Path.Combine(_folder, "none")), Throws.TypeOf<FileNotFoundException>());

    private static TestCaseData Case(string name, byte[] content, string part) => new TestCaseData(content, part).SetArgDisplayNames(name);

    private static byte[] Bytes(string header, byte[] data) => [.. Length(Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data];

    private static byte[] Length(long length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        return bytes;
    }
}
