using System.Buffers.Binary;
using System.Text;

namespace ConvLstmNative.Tests;

/// <summary>Reads which symbols a 64-bit little-endian ELF library exports.</summary>
internal static class ElfSymbols
{
    private const int DynamicSymbols = 11;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;

    public static IEnumerable<string> Exported(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (!file.AsSpan(0, 6).SequenceEqual<byte>([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new InvalidDataException($"{path} is no 64-bit little-endian ELF file");
        long sections = Long(file, 0x28);
        int count = Short(file, 0x3C);
        for (int index = 0; index < count; index++)
        {
            long section = sections + (index * SectionHeaderSize);
            if (Int(file, section + 4) != DynamicSymbols)
                continue;
            long names = Long(file, sections + (Int(file, section + 40) * SectionHeaderSize) + 24);
            long start = Long(file, section + 24);
            for (long symbol = start; symbol < start + Long(file, section + 32); symbol += SymbolSize)
            {
                bool isDefined = Short(file, symbol + 6) != 0;
                bool isLocal = file[symbol + 4] >> 4 == 0;
                bool isVisible = (file[symbol + 5] & 3) == 0;
                if (isDefined && !isLocal && isVisible)
                    yield return Text(file, names + Int(file, symbol));
            }
        }
    }

    private static string Text(byte[] file, long offset)
    {
        int end = Array.IndexOf(file, (byte)0, (int)offset);
        return Encoding.UTF8.GetString(file, (int)offset, end - (int)offset);
    }

    private static int Short(byte[] file, long offset) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)offset));

    private static int Int(byte[] file, long offset) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan((int)offset));

    private static long Long(byte[] file, long offset) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan((int)offset));
}
