namespace ConvLstmNative.Data;

/// <summary>The labels of an IDX file (magic 0x00000801), plain or gzip. Immutable; any thread may read it.</summary>
public sealed class IdxLabels
{
    private readonly byte[] _labels;

    private IdxLabels(byte[] labels) => _labels = labels;

    /// <summary>Labels in the file.</summary>
    public int Count => _labels.Length;

    /// <summary>All labels in the order of the file.</summary>
    public ReadOnlySpan<byte> Values => _labels;

    /// <summary>Reads an IDX file of labels.</summary>
    /// <param name="path">The file, plain or gzip.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFormatException">Wrong magic, a count that the file does not hold, or bytes after the last label.</exception>
    public static IdxLabels Read(string path)
    {
        using InputFile file = InputFile.Open(path);
        int[] sizes = IdxHeader.Read(file, rank: 1, minimum: 0);
        byte[] labels = file.ReadExactly(sizes[0], "labels");
        file.ExpectEnd();
        return new IdxLabels(labels);
    }
}
