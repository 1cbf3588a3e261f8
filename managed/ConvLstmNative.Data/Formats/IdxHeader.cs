using System.Buffers.Binary;

namespace ConvLstmNative.Data;

/// <summary>The header of the IDX format: two zero bytes, an element type, a rank, then big-endian sizes.</summary>
internal static class IdxHeader
{
    private const byte UnsignedByte = 0x08;

    /// <summary>Reads the sizes of a uint8 file of exactly <paramref name="rank"/> dimensions, each at least <paramref name="minimum"/>.</summary>
    public static int[] Read(InputFile file, int rank, int minimum)
    {
        uint expected = (uint)UnsignedByte << 8 | (uint)rank;
        Span<byte> word = stackalloc byte[4];
        file.ReadExactly(word, "IDX magic");
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(word);
        if (magic != expected)
        {
            throw new DataFormatException(
                file.Path, $"IDX magic 0x{expected:x8} (uint8, rank {rank})", $"0x{magic:x8}");
        }
        int[] sizes = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            file.ReadExactly(word, "IDX sizes");
            uint size = BinaryPrimitives.ReadUInt32BigEndian(word);
            // The first size counts items and may be zero; an item without pixels is nonsense.
            if (size > int.MaxValue || (i > 0 && size < minimum))
                throw new DataFormatException(file.Path, $"IDX size {i} from {minimum} to {int.MaxValue}", $"{size}");
            sizes[i] = (int)size;
        }
        return sizes;
    }
}
