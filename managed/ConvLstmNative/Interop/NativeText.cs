using System.Runtime.InteropServices;

namespace ConvLstmNative.Interop;

/// <summary>Static UTF-8 text of the native library.</summary>
internal static unsafe class NativeText
{
    /// <summary>The text at this address; empty for null.</summary>
    public static string Read(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;
}
