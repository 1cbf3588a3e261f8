using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>Arrays that a layer runs over, from NumPy files.</summary>
internal static class ArrayFile
{
    /// <summary>Reads a whole array.</summary>
    /// <param name="option">The option that named the file.</param>
    /// <param name="path">The file.</param>
    public static (float[] Values, IReadOnlyList<long> Shape) Read(string option, string path)
    {
        using NpyFile file = Open(option, path);
        if (file.ElementCount > Array.MaxLength)
            throw new ToolException($"{option}: expected at most {Array.MaxLength} elements, but {path} has {file.ElementCount}.");
        float[] values = new float[file.ElementCount];
        file.Read(0, values);
        return (values, file.Shape);
    }

    /// <summary>Reads an array of a shape that is known.</summary>
    public static float[] Read(string option, string path, IReadOnlyList<long> expected)
    {
        (float[] values, IReadOnlyList<long> shape) = Read(option, path);
        if (!shape.SequenceEqual(expected))
            throw new ToolException($"{option}: expected the shape ({string.Join(", ", expected)}), but {path} has ({string.Join(", ", shape)}).");
        return values;
    }

    /// <summary>Reads a mask: nothing but 0 and 1.</summary>
    public static int[] ReadMask(string option, string path, IReadOnlyList<long> expected)
    {
        float[] values = Read(option, path, expected);
        int wrong = Array.FindIndex(values, value => value is not (0 or 1));
        return wrong < 0
            ? Array.ConvertAll(values, value => (int)value)
            : throw new ToolException($"{option}: expected 0 or 1 everywhere, but {path} has {values[wrong]} at {wrong}.");
    }

    private static NpyFile Open(string option, string path) => File.Exists(path)
        ? NpyFile.Open(path)
        : throw new ToolException($"{option}: expected a NumPy file, but '{path}' is not there.");
}
