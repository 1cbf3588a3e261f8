using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ConvLstmNative.Data;

/// <summary>
/// A NumPy array file (npy 1.0, 2.0, 3.0) of little-endian numbers in C order, read in pieces: only what is asked for is ever in
/// memory. Any thread may read; none may while another disposes.
/// </summary>
public sealed class NpyFile : IDisposable
{
    private const int MaximumHeaderBytes = 1 << 16;
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private readonly SafeFileHandle _handle;
    private readonly NpyHeader _header;
    private readonly long _dataOffset;

    private NpyFile(string path, SafeFileHandle handle, NpyHeader header, long dataOffset, long elementCount)
    {
        Path = path;
        _handle = handle;
        _header = header;
        _dataOffset = dataOffset;
        ElementCount = elementCount;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What one element is.</summary>
    public NpyElementType ElementType => _header.ElementType;

    /// <summary>Sizes, outermost first.</summary>
    public IReadOnlyList<long> Shape => _header.Shape;

    /// <summary>The product of <see cref="Shape"/>.</summary>
    public long ElementCount { get; }

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <param name="path">The file; not compressed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFormatException">Not an npy file of the kinds above, or of another length than its shape says.</exception>
    public static NpyFile Open(string path)
    {
        using (InputFile.OpenFile(path)) { }
        SafeFileHandle handle = File.OpenHandle(path);
        try
        {
            (NpyHeader header, long dataOffset) = ReadHeader(path, handle);
            UInt128 bytes = (UInt128)header.ElementBytes;
            foreach (long size in header.Shape)
            {
                bytes *= (UInt128)size;
                if (bytes > long.MaxValue)
                    throw new DataFormatException(path, "an npy shape that a file can hold", header.ToLiteral());
            }
            long present = RandomAccess.GetLength(handle) - dataOffset;
            if (bytes != (UInt128)present)
            {
                throw new DataFormatException(
                    path, $"{bytes} bytes of data for {header.ToLiteral()}", $"{present} bytes");
            }
            return new NpyFile(path, handle, header, dataOffset, present / header.ElementBytes);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads consecutive elements of a uint8 file.</summary>
    /// <param name="firstElement">Index of the first in C order.</param>
    /// <param name="values">Filled whole.</param>
    /// <exception cref="InvalidOperationException">The file holds another type.</exception>
    public void Read(long firstElement, Span<byte> values)
    {
        if (ElementType != NpyElementType.UInt8)
            throw new InvalidOperationException($"{Path}: expected uint8 elements, got {ElementType}.");
        ReadRaw(firstElement, values.Length, values);
    }

    /// <summary>Reads consecutive elements as they stand, rounded to single precision: uint8 becomes 0 to 255, nothing is
    /// scaled.</summary>
    /// <param name="firstElement">Index of the first in C order.</param>
    /// <param name="values">Filled whole.</param>
    public void Read(long firstElement, Span<float> values)
    {
        Span<byte> raw = MemoryMarshal.AsBytes(values);
        int size = _header.ElementBytes;
        if (size > sizeof(float))
        {
            ReadWide(firstElement, values);
            return;
        }

        // Smaller elements land in the last part of the output and are widened front to back, so that none is overwritten unread.
        Span<byte> bytes = raw[(raw.Length - (values.Length * size))..];
        ReadRaw(firstElement, values.Length, bytes);
        if (ElementType == NpyElementType.Float32 && BitConverter.IsLittleEndian)
            return;
        for (int i = 0; i < values.Length; i++)
            values[i] = NpyElements.ToSingle(ElementType, bytes.Slice(i * size, size));
    }

    /// <summary>Writes a uint8 array.</summary>
    /// <param name="path">Where to write; a temporary name is used first, then renamed.</param>
    /// <param name="values">All elements in C order.</param>
    /// <param name="shape">Sizes, outermost first; their product is the length of <paramref name="values"/>.</param>
    public static void Write(string path, ReadOnlySpan<byte> values, ReadOnlySpan<long> shape) =>
        Write(path, new NpyHeader(NpyElementType.UInt8, shape.ToArray()), values, values.Length);

    /// <summary>Writes a float32 array.</summary>
    /// <param name="path">Where to write; a temporary name is used first, then renamed.</param>
    /// <param name="values">All elements in C order.</param>
    /// <param name="shape">Sizes, outermost first; their product is the length of <paramref name="values"/>.</param>
    public static void Write(string path, ReadOnlySpan<float> values, ReadOnlySpan<long> shape) =>
        Write(path, new NpyHeader(NpyElementType.Float32, shape.ToArray()), MemoryMarshal.AsBytes(values), values.Length);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private static void Write(string path, NpyHeader header, ReadOnlySpan<byte> data, long elementCount)
    {
        Int128 product = header.Shape.Aggregate(Int128.One, (count, size) => size < 0 || count > long.MaxValue ? -1 : count * size);
        if (product != elementCount)
        {
            throw new ArgumentException(
                $"shape: expected sizes whose product is {elementCount}, got {header.ToLiteral()}.", nameof(header));
        }
        // NumPy pads with spaces up to a multiple of 64 and ends the header by a line feed.
        string literal = header.ToLiteral();
        int headerBytes = (10 + literal.Length + 1 + 63) / 64 * 64 - 10;
        byte[] prefix = [.. Magic, 1, 0, (byte)headerBytes, (byte)(headerBytes >> 8)];
        byte[] text = Encoding.ASCII.GetBytes(literal.PadRight(headerBytes - 1) + '\n');
        AtomicFile.Write(path, data, (stream, content) =>
        {
            stream.Write(prefix);
            stream.Write(text);
            stream.Write(content);
        });
    }

    private static (NpyHeader Header, long DataOffset) ReadHeader(string path, SafeFileHandle handle)
    {
        byte[] prefix = ReadPiece(path, handle, 0, 8, "npy magic and version");
        if (!prefix.AsSpan(0, 6).SequenceEqual(Magic))
            throw new DataFormatException(path, "npy magic 93 4e 55 4d 50 59", BitConverter.ToString(prefix, 0, 6));
        if (prefix[6] is < 1 or > 3 || prefix[7] != 0)
            throw new DataFormatException(path, "npy version 1.0, 2.0 or 3.0", $"{prefix[6]}.{prefix[7]}");
        int lengthBytes = prefix[6] == 1 ? 2 : 4;
        byte[] word = ReadPiece(path, handle, 8, lengthBytes, "npy header length");
        long headerBytes = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(word) : BinaryPrimitives.ReadUInt32LittleEndian(word);
        if (headerBytes > MaximumHeaderBytes)
        {
            throw new DataFormatException(
                path, $"an npy header of at most {MaximumHeaderBytes} bytes", $"{headerBytes}");
        }
        byte[] text = ReadPiece(path, handle, 8 + lengthBytes, (int)headerBytes, "npy header");
        return (NpyHeader.Parse(path, Encoding.UTF8.GetString(text)), 8 + lengthBytes + headerBytes);
    }

    private static byte[] ReadPiece(string path, SafeFileHandle handle, long offset, int count, string what)
    {
        byte[] bytes = new byte[count];
        Fill(path, handle, offset, bytes, what);
        return bytes;
    }

    private static void Fill(string path, SafeFileHandle handle, long offset, Span<byte> bytes, string what)
    {
        int filled = 0;
        while (filled < bytes.Length)
        {
            int got = RandomAccess.Read(handle, bytes[filled..], offset + filled);
            if (got == 0)
            {
                throw new DataFormatException(
                    path, $"{bytes.Length} bytes of {what}", $"{filled} bytes, then the end of the file");
            }
            filled += got;
        }
    }

    private void ReadWide(long firstElement, Span<float> values)
    {
        const int PieceElements = 4096;
        int size = _header.ElementBytes;
        byte[] piece = new byte[Math.Min(values.Length, PieceElements) * size];
        for (int start = 0; start < values.Length; start += PieceElements)
        {
            int count = Math.Min(PieceElements, values.Length - start);
            ReadRaw(firstElement + start, count, piece.AsSpan(0, count * size));
            for (int i = 0; i < count; i++)
                values[start + i] = NpyElements.ToSingle(ElementType, piece.AsSpan(i * size, size));
        }
    }

    private void ReadRaw(long firstElement, int count, Span<byte> raw)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstElement);
        if (firstElement > ElementCount - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(firstElement), firstElement, $"firstElement: expected {count} elements of {ElementCount} from here on.");
        }
        Fill(Path, _handle, _dataOffset + firstElement * _header.ElementBytes, raw, "npy data");
    }
}
