namespace ConvLstmNative.Cli;

/// <summary>
/// A folder of results that appears whole or not at all: files are written into a temporary folder beside it and moved over
/// at the end.
/// </summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly string _target;

    /// <summary>Makes the temporary folder, so that a place where nothing can be written is found out before the work.</summary>
    /// <param name="option">The option that named the folder.</param>
    /// <param name="path">The folder; it may exist, and keeps what else is in it.</param>
    public StagedFolder(string option, string path)
    {
        if (File.Exists(path))
            throw new UsageException($"{option}: expected a folder, but '{path}' is a file.");
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        StagingPath = $"{_target}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(StagingPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{option}: expected a place to write, but '{path}' is none: {exception.Message}", exception);
        }
    }

    /// <summary>Where to write until <see cref="Commit"/>.</summary>
    public string StagingPath { get; }

    /// <summary>Moves the files to where they belong.</summary>
    /// <param name="isStale">Whether a file of the target, by its name, was left by an earlier run and goes.</param>
    public void Commit(Func<string, bool> isStale)
    {
        Directory.CreateDirectory(_target);
        foreach (string file in Directory.EnumerateFiles(_target).Where(file => isStale(Path.GetFileName(file))).ToList())
            File.Delete(file);
        foreach (string file in Directory.EnumerateFiles(StagingPath).ToList())
            File.Move(file, Path.Combine(_target, Path.GetFileName(file)), overwrite: true);
    }

    public void Dispose()
    {
        if (Directory.Exists(StagingPath))
            Directory.Delete(StagingPath, recursive: true);
    }
}
