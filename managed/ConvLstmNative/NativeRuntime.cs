using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>The native library behind this package: which one was loaded, and why not where none was.</summary>
public static class NativeRuntime
{
    /// <summary>Whether the library can be used. Tries to load it; never throws.</summary>
    public static bool IsAvailable
    {
        get
        {
            try
            {
                NativeLibraryLoader.Ensure();
                return true;
            }
            catch (ConvLstmException)
            {
                return false;
            }
        }
    }

    /// <summary>Version of the native library, such as "0.1.0".</summary>
    /// <exception cref="NativeLibraryNotFoundException">The library could not be loaded.</exception>
    public static unsafe string Version
    {
        get
        {
            NativeLibraryLoader.Ensure();
            return NativeText.Read(NativeMethods.Version());
        }
    }

    /// <summary>Every place where the library was looked for so far, with the loader's message.</summary>
    public static IReadOnlyList<NativeLibraryAttempt> Attempts => NativeLibraryLoader.Attempts;

    /// <summary>What was tried and what came of it, a line each. Tries to load the library; never throws.</summary>
    public static string Diagnostics
    {
        get
        {
            List<string> lines = [];
            try
            {
                lines.Add($"native library {Version}");
            }
            catch (ConvLstmException error)
            {
                lines.Add(error.Message);
            }

            lines.AddRange(Attempts.Select(attempt => attempt.ToString()));
            return string.Join(Environment.NewLine, lines);
        }
    }
}
