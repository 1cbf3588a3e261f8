namespace ConvLstmNative;

/// <summary>The native library could not be loaded; the message lists every place tried and names the package to add.</summary>
public sealed class NativeLibraryNotFoundException : ConvLstmException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="packageName">The package that carries the library for this platform.</param>
    /// <param name="attempts">Every path tried, with the loader's own message.</param>
    public NativeLibraryNotFoundException(string packageName, IReadOnlyList<NativeLibraryAttempt> attempts)
        : base($"The native library of ConvLstmNative could not be loaded; add the package {packageName} to the application. "
            + $"Tried: {string.Join("; ", attempts)}")
    {
        PackageName = packageName;
        Attempts = attempts;
    }

    /// <summary>The package that carries the library for this platform.</summary>
    public string PackageName { get; }

    /// <summary>Every path tried, with the loader's own message.</summary>
    public IReadOnlyList<NativeLibraryAttempt> Attempts { get; }
}
