namespace ConvLstmNative;

/// <summary>Checks of a safetensors file against what it must hold.</summary>
public static class SafetensorsChecks
{
    /// <summary>The text of this name in the metadata.</summary>
    /// <exception cref="ModelFormatException">There is none.</exception>
    internal static string Text(this SafetensorsReader file, string key) =>
        file.Metadata.TryGetValue(key, out string? text)
            ? text
            : throw new ModelFormatException(file.Path, $"metadata '{key}'", "to be there", "none");

    /// <summary>Each of these tensors must be there with its shape, and none more.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tensors">Names and shapes.</param>
    /// <param name="isAllowed">Whether another tensor may be there all the same; null: none may.</param>
    /// <exception cref="ModelFormatException">One is missing, is of another type or shape, or is too many.</exception>
    public static void CheckTensors(
        this SafetensorsReader file, IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors, Func<string, bool>? isAllowed = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(tensors);
        HashSet<string> expected = new(StringComparer.Ordinal);
        foreach ((string name, IReadOnlyList<long> shape) in tensors)
        {
            expected.Add(name);
            string part = $"tensor '{name}'";
            if (!file.Tensors.TryGetValue(name, out SafetensorsEntry? entry))
                throw new ModelFormatException(file.Path, part, "to be there, as the description says", "no such tensor");
            if (entry.DataType != "F32" || !entry.Shape.SequenceEqual(shape))
            {
                throw new ModelFormatException(
                    file.Path, part, $"F32 ({string.Join(", ", shape)})", $"{entry.DataType} ({Check.Text(entry.Shape.AsSpan())})");
            }
        }

        string? unknown = file.Tensors.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name =>
            !expected.Contains(name) && isAllowed?.Invoke(name) != true);
        if (unknown is not null)
            throw new ModelFormatException(file.Path, $"tensor '{unknown}'", "only tensors of the description", "one that it does not have");
    }
}
