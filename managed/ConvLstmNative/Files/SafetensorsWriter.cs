using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ConvLstmNative;

/// <summary>Writes safetensors files of 32-bit floats.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes a file to a temporary name, then renames it.</summary>
    /// <param name="path">Name of the file; an old one is replaced.</param>
    /// <param name="tensors">The tensors, in the order of the file.</param>
    /// <param name="metadata">Free text by name.</param>
    public static void Write(string path, IReadOnlyList<SafetensorsTensor> tensors, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(metadata);
        byte[] header = Header(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (SafetensorsTensor tensor in tensors)
                WriteValues(stream, tensor);
        });
    }

    private static byte[] Header(IReadOnlyList<SafetensorsTensor> tensors, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        buffer.Write(stackalloc byte[sizeof(long)]);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach ((string key, string value) in metadata.OrderBy(item => item.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
            long offset = 0;
            foreach (SafetensorsTensor tensor in tensors)
                offset = WriteEntry(json, tensor, offset);
            json.WriteEndObject();
        }

        // Blanks at the end put the data at a multiple of eight bytes.
        while (buffer.WrittenCount % Alignment != 0)
            buffer.Write(" "u8);
        byte[] header = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    private static long WriteEntry(Utf8JsonWriter json, SafetensorsTensor tensor, long offset)
    {
        long end = checked(offset + (tensor.ElementCount * sizeof(float)));
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", "F32");
        json.WriteStartArray("shape");
        foreach (long size in tensor.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }

    private static void WriteValues(Stream stream, SafetensorsTensor tensor)
    {
        float[] values = new float[tensor.ElementCount];
        tensor.Source(values);
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> words = MemoryMarshal.Cast<float, int>(values.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
