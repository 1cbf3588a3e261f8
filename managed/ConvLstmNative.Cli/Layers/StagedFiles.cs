namespace ConvLstmNative.Cli;

/// <summary>Files that appear all together: each is written under a temporary name beside its own, and all are renamed at the end.</summary>
internal sealed class StagedFiles : IDisposable
{
    private readonly Dictionary<string, string> _temporaryNames = new(StringComparer.Ordinal);

    /// <summary>Announces a file, so that a place where nothing can be written is found out before the work.</summary>
    /// <param name="option">The option that named the file.</param>
    /// <param name="path">The file; null where it was not asked for.</param>
    public void Add(string option, string? path)
    {
        if (path is null)
            return;
        OutputPath.CheckFile(option, path);
        string full = Path.GetFullPath(path);
        if (!_temporaryNames.TryAdd(full, $"{full}.{Guid.NewGuid():N}.tmp"))
            throw UsageException.Expected(option, "a file of its own", path);
    }

    /// <summary>Writes a file that was announced.</summary>
    /// <param name="path">The file; null where it was not asked for.</param>
    /// <param name="write">Writes a file of the name that it is given.</param>
    public void Write(string? path, Action<string> write)
    {
        if (path is not null)
            write(_temporaryNames[Path.GetFullPath(path)]);
    }

    /// <summary>Renames what was written.</summary>
    public void Commit()
    {
        foreach ((string path, string temporary) in _temporaryNames)
            File.Move(temporary, path, overwrite: true);
        _temporaryNames.Clear();
    }

    public void Dispose()
    {
        foreach (string temporary in _temporaryNames.Values)
            File.Delete(temporary);
    }
}
