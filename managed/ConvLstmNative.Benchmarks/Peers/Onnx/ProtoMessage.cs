using System.Runtime.InteropServices;
using System.Text;

namespace ConvLstmNative.Benchmarks;

/// <summary>A message in the wire format of protocol buffers, field by field.</summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private readonly MemoryStream _bytes = new();

    public ProtoMessage Add(int field, long value)
    {
        Write((ulong)((field << 3) | Varint));
        Write((ulong)value);
        return this;
    }

    public ProtoMessage Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

    public ProtoMessage Add(int field, ProtoMessage message) => Add(field, message._bytes.GetBuffer().AsSpan(0, (int)message._bytes.Length));

    public ProtoMessage Add(int field, ReadOnlySpan<float> values) => Add(field, MemoryMarshal.AsBytes(values));

    public ProtoMessage Add(int field, ReadOnlySpan<byte> bytes)
    {
        Write((ulong)((field << 3) | LengthDelimited));
        Write((ulong)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    public byte[] ToArray() => _bytes.ToArray();

    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.WriteByte((byte)(value | 0x80));
        _bytes.WriteByte((byte)value);
    }
}
