using ConvLstmNative.Data;

namespace ConvLstmNative.Cli.Tests;

/// <summary>Arrays for the layer command, and what it wrote.</summary>
internal static class LayerFiles
{
    /// <summary>Writes a NumPy file of numbers in [−1, 1).</summary>
    public static string WriteRandom(string path, int seed, params long[] shape)
    {
        Random random = new(seed);
        float[] values = new float[shape.Aggregate(1L, (count, size) => count * size)];
        foreach (ref float value in values.AsSpan())
            value = (random.NextSingle() * 2) - 1;
        NpyFile.Write(path, values, shape);
        return path;
    }

    public static (float[] Values, long[] Shape) ReadNpy(string path)
    {
        using NpyFile file = NpyFile.Open(path);
        float[] values = new float[file.ElementCount];
        file.Read(0, values);
        return (values, [.. file.Shape]);
    }

    public static Dictionary<string, float[]> ReadTensors(string path)
    {
        using SafetensorsReader file = SafetensorsReader.Open(path);
        return file.Tensors.Values.ToDictionary(entry => entry.Name, entry =>
        {
            float[] values = new float[entry.ElementCount];
            file.Read(entry.Name, values);
            return values;
        });
    }

    public static void WriteTensors(string path, params (string Name, long[] Shape, float[] Values)[] tensors) => SafetensorsWriter.Write(
        path,
        [.. tensors.Select(tensor => new SafetensorsTensor(tensor.Name, tensor.Shape, values => tensor.Values.CopyTo(values)))],
        new Dictionary<string, string>());
}
