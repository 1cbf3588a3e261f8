using System.Runtime.InteropServices;

namespace ConvLstmNative.Interop;

/// <summary>Where the native library is looked for, first things first.</summary>
internal static class NativeLibraryCandidates
{
    /// <summary>Environment variable with an explicit path, which then is the only one tried.</summary>
    public const string EnvironmentVariable = "CONVLSTM_NATIVE_LIBRARY";

    /// <summary>The same as an AppContext switch.</summary>
    public const string AppContextKey = "ConvLstmNative.LibraryPath";

    /// <summary>File name of the library on this platform.</summary>
    public static string FileName { get; } =
        OperatingSystem.IsWindows() ? "convlstm_native.dll"
        : OperatingSystem.IsMacOS() ? "libconvlstm_native.dylib"
        : "libconvlstm_native.so";

    /// <summary>The package that carries the library for this platform.</summary>
    public static string PackageName { get; } = "ConvLstmNative.Runtime." + RuntimeInformation.RuntimeIdentifier;

    /// <summary>Paths in the order to try; a bare file name leaves the search to the system.</summary>
    public static IReadOnlyList<string> All()
    {
        string? explicitPath = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(explicitPath))
            explicitPath = AppContext.GetData(AppContextKey) as string;
        if (!string.IsNullOrEmpty(explicitPath))
            return [explicitPath];
        string folder = AppContext.BaseDirectory;
        return
        [
            Path.Combine(folder, FileName),
            Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName),
            FileName,
        ];
    }
}
