using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace ConvLstmNative.Data;

/// <summary>
/// Reads an untrusted file front to back, gunzipping it where its first bytes say so. Memory is only ever taken for bytes that
/// the file can really hold.
/// </summary>
internal sealed class InputFile : IDisposable
{
    // No deflate stream expands further than this, so a header that claims more is lying.
    private const long MaximumExpansion = 1032;
    private const int FirstChunk = 1 << 20;
    private const int GzipTrailerBytes = 8;

    private readonly Stream _stream;
    private readonly long _maximumLength;
    private readonly byte[]? _gzipTrailer;
    private readonly Crc32 _checksum = new();
    private long _position;

    private InputFile(string path, Stream stream, long maximumLength, byte[]? gzipTrailer)
    {
        Path = path;
        _stream = stream;
        _maximumLength = maximumLength;
        _gzipTrailer = gzipTrailer;
    }

    public string Path { get; }

    /// <summary>The most bytes that can still follow; exact for a plain file, an upper bound for a gzip file.</summary>
    public long MaximumRemaining => _maximumLength - _position;

    public static InputFile Open(string path)
    {
        FileStream file = OpenFile(path);
        try
        {
            Span<byte> magic = stackalloc byte[2];
            bool isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
            if (!isGzip)
            {
                file.Position = 0;
                return new InputFile(path, file, file.Length, null);
            }
            byte[] trailer = new byte[GzipTrailerBytes];
            file.Position = Math.Max(file.Length - GzipTrailerBytes, 0);
            file.ReadAtLeast(trailer, GzipTrailerBytes, throwOnEndOfStream: false);
            file.Position = 0;
            long limit = file.Length > long.MaxValue / MaximumExpansion ? long.MaxValue : file.Length * MaximumExpansion;
            BufferedStream decoded = new(new GZipStream(file, CompressionMode.Decompress), 1 << 16);
            return new InputFile(path, decoded, limit, trailer);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file for reading; a missing one is a <see cref="FileNotFoundException"/> that names it.</summary>
    public static FileStream OpenFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new FileNotFoundException($"Expected a file, got a folder: {path}", path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"File not found: {path}", path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
    }

    /// <summary>The next byte, or -1 at the end.</summary>
    public int ReadByte()
    {
        try
        {
            int value = _stream.ReadByte();
            if (value >= 0)
                Count([(byte)value]);
            return value;
        }
        catch (InvalidDataException exception)
        {
            throw BrokenGzip(exception);
        }
    }

    public void ReadExactly(Span<byte> bytes, string what)
    {
        int got;
        try
        {
            got = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException exception)
        {
            throw BrokenGzip(exception);
        }
        Count(bytes[..got]);
        if (got < bytes.Length)
        {
            throw new DataFormatException(
                Path, $"{bytes.Length} bytes of {what}", $"{got} bytes, then the end of the file");
        }
    }

    /// <summary>Reads <paramref name="count"/> bytes; nothing is allocated for a count that the file cannot hold.</summary>
    public byte[] ReadExactly(long count, string what)
    {
        if (count > MaximumRemaining || count > Array.MaxLength)
        {
            long most = Math.Min(MaximumRemaining, Array.MaxLength);
            throw new DataFormatException(Path, $"{count} bytes of {what}", $"{(_gzipTrailer is not null ? "at most " : "")}{most} bytes");
        }
        byte[] bytes = new byte[_gzipTrailer is not null ? Math.Min(count, FirstChunk) : count];
        int filled = 0;
        while (true)
        {
            ReadExactly(bytes.AsSpan(filled), what);
            filled = bytes.Length;
            if (filled == count)
                return bytes;
            Array.Resize(ref bytes, (int)Math.Min(count, 2L * filled));
        }
    }

    /// <summary>Reads all that is left, growing with what really comes.</summary>
    public byte[] ReadToEnd(int maximumBytes)
    {
        using MemoryStream all = new();
        byte[] chunk = new byte[1 << 16];
        try
        {
            for (int got; (got = _stream.Read(chunk)) > 0;)
            {
                Count(chunk.AsSpan(0, got));
                if (all.Length + got > maximumBytes)
                    throw new DataFormatException(Path, $"at most {maximumBytes} bytes", "more");
                all.Write(chunk, 0, got);
            }
        }
        catch (InvalidDataException exception)
        {
            throw BrokenGzip(exception);
        }
        CheckGzipTrailer();
        return all.ToArray();
    }

    /// <summary>Refuses anything after the data.</summary>
    public void ExpectEnd()
    {
        if (ReadByte() >= 0)
            throw new DataFormatException(Path, $"the end of the file after {_position - 1} bytes", "more bytes");
        CheckGzipTrailer();
    }

    public void Dispose() => _stream.Dispose();

    private void Count(ReadOnlySpan<byte> bytes)
    {
        _position += bytes.Length;
        if (_gzipTrailer is not null)
            _checksum.Append(bytes);
    }

    /// <summary>The decoder forgives a file that was cut inside its last eight bytes, checksum and length; this does not.</summary>
    private void CheckGzipTrailer()
    {
        if (_gzipTrailer is null)
            return;
        Span<byte> expected = stackalloc byte[GzipTrailerBytes];
        _checksum.GetCurrentHash(expected);
        BinaryPrimitives.WriteUInt32LittleEndian(expected[4..], unchecked((uint)_position));
        if (!expected.SequenceEqual(_gzipTrailer))
        {
            throw new DataFormatException(
                Path, $"one gzip stream that ends by {Convert.ToHexString(expected)}", Convert.ToHexString(_gzipTrailer));
        }
    }

    private DataFormatException BrokenGzip(InvalidDataException exception) =>
        new(Path, "a whole gzip stream", $"a broken one ({exception.Message})", exception);
}
