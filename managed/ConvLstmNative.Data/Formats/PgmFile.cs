using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ConvLstmNative.Data;

/// <summary>Binary portable graymaps (PGM, P5) of 8 or 16 bits, plain or gzip, one image a file.</summary>
public static class PgmFile
{
    private const int MaximumHeaderBytes = 1 << 16;
    private const int MaximumSide = 1 << 20;

    /// <summary>Reads a graymap; <c>#</c> comments may stand anywhere in its header.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFormatException">Not a P5 graymap, truncated, with samples above its maximum, or with bytes after its last sample.</exception>
    public static RasterImage Read(string path)
    {
        using InputFile file = InputFile.Open(path);
        Span<byte> magic = stackalloc byte[2];
        file.ReadExactly(magic, "PGM magic");
        if (!magic.SequenceEqual("P5"u8))
            throw new DataFormatException(path, "PGM magic 'P5'", $"bytes 0x{magic[0]:x2} 0x{magic[1]:x2}");
        int headerBytes = 2;
        int next = NextHeaderByte(file, ref headerBytes);
        if (!IsSpace(next))
            throw new DataFormatException(path, "white space or a comment after 'P5'", Describe(next));
        int width = ReadNumber(file, "width", MaximumSide, ref headerBytes);
        int height = ReadNumber(file, "height", MaximumSide, ref headerBytes);
        int maximum = ReadNumber(file, "maximum value", ushort.MaxValue, ref headerBytes);
        int sampleBytes = maximum > byte.MaxValue ? 2 : 1;
        byte[] raster = file.ReadExactly((long)width * height * sampleBytes, $"a {width}x{height} raster");
        file.ExpectEnd();
        ushort[] samples = new ushort[raster.Length / sampleBytes];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = sampleBytes == 1 ? raster[i] : BinaryPrimitives.ReadUInt16BigEndian(raster.AsSpan(2 * i));
            if (samples[i] > maximum)
                throw new DataFormatException(path, $"samples up to {maximum}", $"{samples[i]}");
        }
        return new RasterImage(width, height, 1, maximum, samples);
    }

    /// <summary>Writes a plain P5 graymap: 8 bits a sample up to a maximum of 255, 16 bits above.</summary>
    /// <param name="path">Where to write; a temporary name is used first, then renamed.</param>
    /// <param name="image">One channel.</param>
    public static void Write(string path, RasterImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels != 1)
            throw new ArgumentException($"image: expected 1 channel, got {image.Channels}.", nameof(image));
        AtomicFile.Write(path, stream =>
        {
            string header = string.Create(CultureInfo.InvariantCulture, $"P5\n{image.Width} {image.Height}\n{image.MaximumValue}\n");
            stream.Write(Encoding.ASCII.GetBytes(header));
            byte[] row = new byte[image.Width * (image.MaximumValue > byte.MaxValue ? 2 : 1)];
            for (int y = 0; y < image.Height; y++)
            {
                ReadOnlySpan<ushort> samples = image.Samples.Slice(y * image.Width, image.Width);
                for (int x = 0; x < samples.Length; x++)
                {
                    if (row.Length == samples.Length)
                        row[x] = (byte)samples[x];
                    else
                        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(2 * x), samples[x]);
                }
                stream.Write(row);
            }
        });
    }

    /// <summary>A number and the one byte of white space (or the comment) that ends it.</summary>
    private static int ReadNumber(InputFile file, string what, int limit, ref int headerBytes)
    {
        int next = NextHeaderByte(file, ref headerBytes);
        while (IsSpace(next))
            next = NextHeaderByte(file, ref headerBytes);
        int number = 0;
        for (; next is >= '0' and <= '9'; next = NextHeaderByte(file, ref headerBytes))
        {
            number = number * 10 + (next - '0');
            if (number > limit)
                throw new DataFormatException(file.Path, $"PGM {what} from 1 to {limit}", $"{number} or more");
        }
        if (!IsSpace(next))
            throw new DataFormatException(file.Path, $"digits of the PGM {what}, then white space", Describe(next));
        return number >= 1 ? number : throw new DataFormatException(file.Path, $"PGM {what} from 1 to {limit}", $"{number}");
    }

    /// <summary>The next byte of the header, where a whole comment counts as its own line feed.</summary>
    private static int NextHeaderByte(InputFile file, ref int headerBytes)
    {
        bool inComment = false;
        while (true)
        {
            int next = file.ReadByte();
            if (++headerBytes > MaximumHeaderBytes)
            {
                throw new DataFormatException(
                    file.Path, $"a PGM header of at most {MaximumHeaderBytes} bytes", "a longer one");
            }
            if (next < 0 || (!inComment && next != '#') || next is '\n' or '\r')
                return next;
            inComment = true;
        }
    }

    private static bool IsSpace(int value) => value is ' ' or '\t' or '\n' or '\v' or '\f' or '\r';

    private static string Describe(int value) => value < 0 ? "the end of the file" : $"byte 0x{value:x2}";
}
