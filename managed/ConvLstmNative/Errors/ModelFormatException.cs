namespace ConvLstmNative;

/// <summary>A model file is damaged, is of another kind, or contradicts itself.</summary>
public sealed class ModelFormatException : ConvLstmException
{
    /// <summary>Creates the exception; the message names the file, the place in it, what was expected and what came.</summary>
    /// <param name="path">The file.</param>
    /// <param name="part">The part of the file that is at fault, such as a tensor's name.</param>
    /// <param name="expected">What was expected there.</param>
    /// <param name="actual">What came.</param>
    /// <param name="inner">The cause, if another exception.</param>
    public ModelFormatException(string path, string part, string expected, string actual, Exception? inner = null)
        : base($"{path}: {part}: expected {expected}, got {actual}", status: null, inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
