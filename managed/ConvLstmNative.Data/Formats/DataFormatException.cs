namespace ConvLstmNative.Data;

/// <summary>A data file is not what its name, its header or its reader promises: wrong magic, lying sizes, truncation, junk.</summary>
public sealed class DataFormatException : Exception
{
    /// <summary>Creates the exception for one file.</summary>
    /// <param name="path">The file that was read.</param>
    /// <param name="expected">What a valid file would have had at this place.</param>
    /// <param name="actual">What the file has.</param>
    /// <param name="innerException">The decoder's own exception, where there is one.</param>
    public DataFormatException(string path, string expected, string actual, Exception? innerException = null)
        : base($"{path}: expected {expected}, got {actual}.", innerException)
    {
        Path = path;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The file that was read.</summary>
    public string Path { get; }

    /// <summary>What a valid file would have had.</summary>
    public string Expected { get; }

    /// <summary>What the file has.</summary>
    public string Actual { get; }
}
