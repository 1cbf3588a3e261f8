using ConvLstmNative.Data;

namespace ConvLstmNative.Cli.Tests;

/// <summary>Small files of moving things for commands to read.</summary>
internal static class TestFrames
{
    /// <summary>A folder of pictures 24 high and 32 wide, five minutes apart by their names: a bright square on its way to the right.</summary>
    public static string WriteFolder(string folder, int count)
    {
        const int Height = 24, Width = 32;
        Directory.CreateDirectory(folder);
        var shape = new FrameShape(1, Height, Width);
        for (int t = 0; t < count; t++)
        {
            float[] frame = new float[Height * Width];
            for (int y = 6; y < 18; y++)
            {
                for (int x = 0; x < 12; x++)
                    frame[y * Width + (x + t) % Width] = 0.7f;
            }

            DateTime time = new DateTime(2020, 1, 1).AddMinutes(5 * t);
            FramePicture.Write(Path.Combine(folder, $"{time:yyyyMMddHHmm}.png"), frame, shape);
        }

        return folder;
    }

    /// <summary>A NumPy file (T, N, 16, 16) of bytes.</summary>
    public static string WriteNpy(string path, int steps, int sequences)
    {
        const int Side = 16;
        byte[] values = new byte[steps * sequences * Side * Side];
        for (int i = 0; i < values.Length; i++)
        {
            int t = i / (sequences * Side * Side), n = i / (Side * Side) % sequences;
            values[i] = (byte)((i % Side + t + 3 * n) % Side * 15);
        }

        NpyFile.Write(path, values, [steps, sequences, Side, Side]);
        return path;
    }

    /// <summary>An IDX file of bright 8x8 digits.</summary>
    public static string WriteIdx(string path, int count)
    {
        byte[] header = [0, 0, 8, 3, 0, 0, (byte)(count >> 8), (byte)count, 0, 0, 0, 8, 0, 0, 0, 8];
        File.WriteAllBytes(path, [.. header, .. Enumerable.Range(0, count * 64).Select(i => (byte)(200 + i % 50))]);
        return path;
    }
}
