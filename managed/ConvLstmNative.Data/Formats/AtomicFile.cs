namespace ConvLstmNative.Data;

/// <summary>Writes files so that a reader sees either the old content or the whole new content.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary name in the same folder, then renames it over <paramref name="path"/>.</summary>
    /// <param name="path">Where the finished file appears; its folder must exist.</param>
    /// <param name="write">Writes the content; when it throws, the temporary file is removed and <paramref name="path"/> is untouched.</param>
    /// <exception cref="DirectoryNotFoundException">The folder of <paramref name="path"/> does not exist.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Write(path, write, static (stream, inner) => inner(stream));
    }

    /// <summary>The same with a state, so that a span can be written without a copy.</summary>
    /// <typeparam name="TState">Anything, spans too.</typeparam>
    /// <param name="path">Where the finished file appears; its folder must exist.</param>
    /// <param name="state">Handed to <paramref name="write"/>.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write<TState>(string path, TState state, Action<Stream, TState> write)
        where TState : allows ref struct
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string fullPath = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(fullPath)
            ?? throw new ArgumentException($"path: expected the name of a file, got '{path}'.", nameof(path));
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"Folder not found: {folder}");
        string temporary = Path.Combine(folder, $".{Path.GetFileName(fullPath)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream, state);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, fullPath, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
