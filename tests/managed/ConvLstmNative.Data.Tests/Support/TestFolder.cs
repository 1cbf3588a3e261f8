using System.IO.Compression;

namespace ConvLstmNative.Data.Tests;

/// <summary>A folder of its own for one test, removed with all that is in it.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder() => Path = Directory.CreateTempSubdirectory("convlstm-data-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
