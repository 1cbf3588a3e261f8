using System.Runtime.InteropServices;

namespace ConvLstmNative.Benchmarks;

/// <summary>A C function called as C++ would call it: no handle is guarded, nothing is checked or pinned, and the runtime is not
/// told. What is left is the time of the native library. What it works on must outlive this.</summary>
internal abstract unsafe class BareCall
{
    // Loaded already: only its handle is needed.
    private static readonly nint Library = NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libconvlstm_native.so"));

    /// <summary>Calls so many times, and throws where the library refuses.</summary>
    public abstract void Run(int count);

    protected static void* Export(string name) => (void*)NativeLibrary.GetExport(Library, name);
}
