using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace ConvLstmNative.Data;

/// <summary>
/// Checks the skeleton of a PNG file (chunks, lengths, checksums, sizes that its data can fill) before a decoder sees it:
/// decoders forgive truncation, and allocate what the header claims.
/// </summary>
internal static class PngChunks
{
    // No deflate stream expands further than this.
    private const int MaximumExpansion = 1032;
    private const int MaximumSide = 1 << 20;
    private const int MaximumPixels = 1 << 26;

    public static void Check(string path, ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n']))
        {
            throw new DataFormatException(
                path, "the PNG signature", $"{Convert.ToHexString(file[..Math.Min(8, file.Length)])}");
        }
        long rawBytes = 0, imageBytes = 0;
        for (int at = 8; ;)
        {
            if (file.Length - at < 12)
                throw new DataFormatException(path, "a PNG chunk, or IEND before", "the end of the file");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
            {
                throw new DataFormatException(
                    path, $"a PNG chunk of at most {file.Length - at - 12} bytes", $"{length}");
            }
            ReadOnlySpan<byte> typed = file.Slice(at + 4, (int)length + 4);
            uint stored = BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]);
            string type = Encoding.Latin1.GetString(typed[..4]);
            if (Crc32.HashToUInt32(typed) != stored)
            {
                throw new DataFormatException(
                    path, $"checksum {stored:x8} of PNG chunk {type}", $"{Crc32.HashToUInt32(typed):x8}");
            }
            if (at == 8)
                rawBytes = CheckHeader(path, type, typed[4..]);
            if (type == "IDAT")
                imageBytes += length;
            at += (int)length + 12;
            if (type != "IEND")
                continue;
            if (at != file.Length)
                throw new DataFormatException(path, $"the end of the file after {at} bytes", $"{file.Length} bytes");
            break;
        }
        if (rawBytes > imageBytes * MaximumExpansion)
            throw new DataFormatException(path, $"PNG data for {rawBytes} bytes of pixels", $"{imageBytes} bytes");
    }

    /// <summary>The bytes of unpacked rows that a header claims.</summary>
    private static long CheckHeader(string path, string type, ReadOnlySpan<byte> header)
    {
        if (type != "IHDR" || header.Length != 13)
        {
            throw new DataFormatException(
                path, "a PNG header IHDR of 13 bytes first", $"{type} of {header.Length} bytes");
        }
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (width is < 1 or > MaximumSide || height is < 1 or > MaximumSide || (long)width * height > MaximumPixels)
            throw new DataFormatException(path, $"a PNG of 1 to {MaximumPixels} pixels", $"{width}x{height}");
        int samples = header[9] switch
        {
            0 or 3 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => throw new DataFormatException(path, "a PNG colour type", $"{header[9]}"),
        };
        if (header[8] is not (1 or 2 or 4 or 8))
            throw new DataFormatException(path, "a PNG of up to 8 bits a channel", $"{header[8]} bits");
        return height * (1 + ((long)width * samples * header[8] + 7) / 8);
    }
}
