namespace ConvLstmNative;

/// <summary>The native library that was found belongs to another version of this package.</summary>
public sealed class NativeLibraryMismatchException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The library.</param>
    /// <param name="what">What disagrees.</param>
    /// <param name="expected">What these declarations have.</param>
    /// <param name="actual">What the library has.</param>
    public NativeLibraryMismatchException(string path, string what, string expected, string actual)
        : base($"{path} belongs to another version of ConvLstmNative: {what}: expected {expected}, got {actual}")
    {
    }
}
