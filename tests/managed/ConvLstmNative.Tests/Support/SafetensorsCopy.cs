namespace ConvLstmNative.Tests;

/// <summary>Changes files, to see that what contradicts itself is refused.</summary>
internal static class SafetensorsCopy
{
    /// <summary>Reads a file whole, lets its metadata and tensors be changed, and writes it again.</summary>
    public static void Rewrite(string path, Action<Dictionary<string, string>> metadata, Action<List<SafetensorsTensor>>? tensors = null)
    {
        Dictionary<string, string> texts;
        List<SafetensorsTensor> all;
        using (SafetensorsReader file = SafetensorsReader.Open(path))
        {
            texts = new Dictionary<string, string>(file.Metadata);
            all = [.. file.Tensors.Values.Select(entry =>
            {
                float[] values = new float[entry.ElementCount];
                file.Read(entry.Name, values);
                return new SafetensorsTensor(entry.Name, entry.Shape, target => values.CopyTo(target));
            })];
        }

        metadata(texts);
        tensors?.Invoke(all);
        SafetensorsWriter.Write(path, all, texts);
    }
}
