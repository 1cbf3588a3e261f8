namespace ConvLstmNative;

/// <summary>One try to load the native library.</summary>
/// <param name="Path">What the loader was given.</param>
/// <param name="Error">The loader's message, or null where it succeeded.</param>
public sealed record NativeLibraryAttempt(string Path, string? Error)
{
    /// <summary>Whether this is the library in use.</summary>
    public bool Succeeded => Error is null;

    /// <inheritdoc/>
    public override string ToString() => $"{Path} ({Error ?? "loaded"})";
}
