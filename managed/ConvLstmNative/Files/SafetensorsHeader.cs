using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace ConvLstmNative;

/// <summary>Parses and checks the header of a safetensors file.</summary>
internal static class SafetensorsHeader
{
    private const long MaxBytes = 100_000_000;
    private const string MetadataKey = "__metadata__";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Bits of an element by type name.</summary>
    private static readonly Dictionary<string, int> Bits = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 8,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E4M3"] = 8,
        ["F8_E5M2"] = 8,
        ["U16"] = 16,
        ["I16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["U32"] = 32,
        ["I32"] = 32,
        ["F32"] = 32,
        ["U64"] = 64,
        ["I64"] = 64,
        ["F64"] = 64,
    };

    /// <summary>The header's text.</summary>
    public static byte[] ReadBytes(string path, Stream stream)
    {
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        if (stream.Length < prefix.Length)
            throw new ModelFormatException(path, "file", $"at least {prefix.Length} bytes", $"{stream.Length}");
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long rest = stream.Length - prefix.Length;
        if (length > MaxBytes || (long)length > rest)
            throw new ModelFormatException(path, "header length", $"at most {Math.Min(MaxBytes, rest)} bytes", $"{length}");
        byte[] header = new byte[length];
        stream.ReadExactly(header);
        return header;
    }

    /// <summary>Checks the header against the number of bytes of data that follow it.</summary>
    public static (Dictionary<string, SafetensorsEntry> Tensors, Dictionary<string, string> Metadata) Parse(
        string path, byte[] header, long dataLength)
    {
        Dictionary<string, SafetensorsEntry> tensors = new(StringComparer.Ordinal);
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(header, Strict);
            Expect(path, "header", document.RootElement, JsonValueKind.Object);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(MetadataKey))
                    ReadMetadata(path, property.Value, metadata);
                else
                    tensors.Add(property.Name, ReadEntry(path, property.Name, property.Value));
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new ModelFormatException(path, "header", "a JSON object without duplicate names", error.Message.ReplaceLineEndings(" "), error);
        }

        CheckCoverage(path, tensors.Values, dataLength);
        return (tensors, metadata);
    }

    private static void ReadMetadata(string path, JsonElement element, Dictionary<string, string> metadata)
    {
        Expect(path, MetadataKey, element, JsonValueKind.Object);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            Expect(path, $"{MetadataKey}.{property.Name}", property.Value, JsonValueKind.String);
            metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    private static SafetensorsEntry ReadEntry(string path, string name, JsonElement element)
    {
        string part = $"tensor '{name}'";
        Expect(path, part, element, JsonValueKind.Object);
        if (element.EnumerateObject().Count() != 3
            || !element.TryGetProperty("dtype", out JsonElement type) || type.ValueKind != JsonValueKind.String
            || !element.TryGetProperty("shape", out JsonElement shape)
            || !element.TryGetProperty("data_offsets", out JsonElement offsets))
        {
            throw new ModelFormatException(path, part, "dtype, shape and data_offsets", element.GetRawText());
        }

        long[] range = ReadNumbers(path, $"{part} data_offsets", offsets);
        if (range.Length != 2 || range[0] > range[1])
            throw new ModelFormatException(path, $"{part} data_offsets", "begin and end in order", offsets.GetRawText());
        string typeName = type.GetString()!;
        if (!Bits.TryGetValue(typeName, out int bits))
            throw new ModelFormatException(path, $"{part} dtype", $"one of {string.Join(", ", Bits.Keys)}", typeName);
        long[] sizes = ReadNumbers(path, $"{part} shape", shape);
        if (!TryCount(sizes, bits / 8, out long bytes) || bytes != range[1] - range[0])
            throw new ModelFormatException(path, $"{part} data_offsets", $"as many bytes as {typeName} ({Check.Text(sizes)}) has", $"{range[1] - range[0]}");
        return new SafetensorsEntry(name, typeName, [.. sizes], range[0], range[1]);
    }

    private static long[] ReadNumbers(string path, string part, JsonElement element)
    {
        Expect(path, part, element, JsonValueKind.Array);
        return [.. element.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long value) && value >= 0
                ? value
                : throw new ModelFormatException(path, part, "whole numbers of at least 0", item.GetRawText()))];
    }

    private static bool TryCount(long[] sizes, int elementBytes, out long bytes)
    {
        bytes = sizes.Contains(0) ? 0 : elementBytes;
        foreach (long size in sizes)
        {
            if (size > 0 && bytes > long.MaxValue / size)
                return false;
            bytes *= size;
        }

        return true;
    }

    // Every byte of data belongs to exactly one tensor.
    private static void CheckCoverage(string path, IEnumerable<SafetensorsEntry> tensors, long dataLength)
    {
        long next = 0;
        foreach (SafetensorsEntry entry in tensors.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != next)
                throw new ModelFormatException(path, $"tensor '{entry.Name}' data_offsets", $"begin {next}, where the one before ends", $"{entry.Begin}");
            next = entry.End;
        }

        if (next != dataLength)
            throw new ModelFormatException(path, "data", $"{next} bytes, as the header says", $"{dataLength}");
    }

    private static void Expect(string path, string part, JsonElement element, JsonValueKind kind)
    {
        if (element.ValueKind != kind)
            throw new ModelFormatException(path, part, $"a JSON {kind}", $"{element.ValueKind}");
    }
}
