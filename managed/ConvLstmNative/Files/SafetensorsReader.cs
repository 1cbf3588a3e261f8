using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ConvLstmNative;

/// <summary>Reads safetensors files. Files are not trusted: everything that they claim is checked first.</summary>
public sealed class SafetensorsReader : IDisposable
{
    private readonly FileStream _stream;
    private readonly long _dataStart;

    private SafetensorsReader(string path, FileStream stream)
    {
        Path = path;
        _stream = stream;
        byte[] header = SafetensorsHeader.ReadBytes(path, stream);
        _dataStart = sizeof(long) + header.LongLength;
        (Tensors, Metadata) = SafetensorsHeader.Parse(path, header, stream.Length - _dataStart);
    }

    /// <summary>Name of the file.</summary>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors { get; }

    /// <summary>Free text by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="ModelFormatException">The file is no safetensors file, or contradicts itself.</exception>
    public static SafetensorsReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream = File.OpenRead(path);
        try
        {
            return new SafetensorsReader(path, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor of finite 32-bit floats.</summary>
    /// <param name="name">One of <see cref="Tensors"/>.</param>
    /// <param name="values">Receives all its elements.</param>
    /// <exception cref="ModelFormatException">There is no such tensor, its type or size is another, or a value is not finite.</exception>
    public void Read(string name, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Tensors.TryGetValue(name, out SafetensorsEntry? entry))
            throw new ModelFormatException(Path, $"tensor '{name}'", "to be there", "no such tensor");
        if (entry.DataType != "F32")
            throw new ModelFormatException(Path, $"tensor '{name}'", "type F32", entry.DataType);
        if (entry.ElementCount != values.Length)
            throw new ModelFormatException(Path, $"tensor '{name}'", $"{values.Length} elements", $"{entry.ElementCount}");
        _stream.Position = _dataStart + entry.Begin;
        _stream.ReadExactly(MemoryMarshal.AsBytes(values));
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> words = MemoryMarshal.Cast<float, int>(values);
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        for (int index = 0; index < values.Length; index++)
        {
            if (!float.IsFinite(values[index]))
                throw new ModelFormatException(Path, $"tensor '{name}'[{index}]", "a finite number", $"{values[index]}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
