using System.Reflection;
using System.Runtime.InteropServices;

namespace ConvLstmNative.Interop;

/// <summary>Loads the native library once, and checks that it fits these declarations.</summary>
internal static unsafe class NativeLibraryLoader
{
    private static readonly Lock Gate = new();
    private static readonly List<NativeLibraryAttempt> Tried = [];
    private static volatile bool _isReady;
    private static bool _resolverIsSet;
    private static nint _library;

    /// <summary>Every try so far.</summary>
    public static IReadOnlyList<NativeLibraryAttempt> Attempts
    {
        get
        {
            lock (Gate)
                return [.. Tried];
        }
    }

    /// <summary>Makes the native functions callable, or throws the error that says why they are not.</summary>
    public static void Ensure()
    {
        if (!_isReady)
            Load();
    }

    private static void Load()
    {
        lock (Gate)
        {
            if (_isReady)
                return;
            if (_library == nint.Zero)
            {
                Tried.Clear();
                _library = Open(NativeLibraryCandidates.All(), Tried);
            }

            if (!_resolverIsSet)
            {
                NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);
                _resolverIsSet = true;
            }

            Verify(Tried[^1].Path);
            _isReady = true;
        }
    }

    /// <summary>Loads the first of these that can be loaded, and notes what came of each.</summary>
    internal static nint Open(IReadOnlyList<string> paths, List<NativeLibraryAttempt> attempts)
    {
        foreach (string path in paths)
        {
            try
            {
                nint library = NativeLibrary.Load(path, typeof(NativeMethods).Assembly, searchPath: null);
                attempts.Add(new NativeLibraryAttempt(path, Error: null));
                return library;
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                attempts.Add(new NativeLibraryAttempt(path, error.Message.ReplaceLineEndings(" ").Trim()));
            }
        }

        throw new NativeLibraryNotFoundException(NativeLibraryCandidates.PackageName, [.. attempts]);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name == NativeMethods.Library ? _library : nint.Zero;

    private static void Verify(string path)
    {
        uint version;
        try
        {
            version = NativeMethods.AbiVersion();
        }
        catch (EntryPointNotFoundException)
        {
            throw new NativeLibraryMismatchException(path, "functions", "cln_abi_version", "a library without it");
        }

        if (version != NativeConstants.AbiVersion)
            throw new NativeLibraryMismatchException(path, "ABI version", $"{NativeConstants.AbiVersion}", $"{version}");
        string[] actual = NativeText.Read(NativeMethods.AbiLayout()).Split('\n');
        string[] expected = NativeStructLayout.Describe().Split('\n');
        for (int line = 0; line < Math.Max(expected.Length, actual.Length); line++)
        {
            string want = line < expected.Length ? expected[line] : "the end";
            string got = line < actual.Length ? actual[line] : "the end";
            if (want != got)
                throw new NativeLibraryMismatchException(path, $"struct layout, line {line + 1}", want, got);
        }
    }
}
