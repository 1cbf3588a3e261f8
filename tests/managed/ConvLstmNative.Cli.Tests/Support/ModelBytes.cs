using System.Buffers.Binary;

namespace ConvLstmNative.Cli.Tests;

/// <summary>The numbers of a safetensors file without its header, whose notes hold times.</summary>
internal static class ModelBytes
{
    public static byte[] Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        return file[(8 + header)..];
    }
}
