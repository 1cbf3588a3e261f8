namespace ConvLstmNative.Cli;

/// <summary>The native library of a diagnosis.</summary>
/// <param name="Version">Its version; null where it could not be loaded.</param>
/// <param name="Path">The file.</param>
/// <param name="Problem">What was tried, where it could not be loaded.</param>
internal sealed record NativeLibraryDiagnosis(string? Version, string? Path, string? Problem);
