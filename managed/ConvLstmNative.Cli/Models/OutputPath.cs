namespace ConvLstmNative.Cli;

/// <summary>Finds out before the work, not after it, that its result could not be written.</summary>
internal static class OutputPath
{
    /// <summary>Creates the folder of a file that is going to be written, and checks that files can be made there.</summary>
    /// <param name="option">The option that named the file.</param>
    /// <param name="path">The file.</param>
    public static void CheckFile(string option, string path)
    {
        if (Directory.Exists(path))
            throw new UsageException($"{option}: expected the name of a file, but '{path}' is a folder.");
        Probe(option, path, Path.GetDirectoryName(Path.GetFullPath(path)) ?? path);
    }

    /// <summary>Creates a folder that is going to be written into, and checks that files can be made there.</summary>
    public static void CheckFolder(string option, string path)
    {
        if (File.Exists(path))
            throw new UsageException($"{option}: expected a folder, but '{path}' is a file.");
        Probe(option, path, Path.GetFullPath(path));
    }

    private static void Probe(string option, string given, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".convlstm.{Guid.NewGuid():N}.tmp");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"{option}: expected a place to write, but '{given}' is none: {exception.Message}", exception);
        }
    }
}
