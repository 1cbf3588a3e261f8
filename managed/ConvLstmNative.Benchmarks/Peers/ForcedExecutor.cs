using System.Runtime.InteropServices;

namespace ConvLstmNative.Benchmarks;

/// <summary>Names the executor of every layer to the native library, through the environment variable that it reads. What .NET
/// sets with <see cref="Environment"/> stays in .NET: the process itself must be told.</summary>
internal static partial class ForcedExecutor
{
    /// <param name="name">A row of the list of executors; a layer that is not for it fails when it is made.</param>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static void Set(string name)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("--executor: expected on Linux only.");
        if (SetEnvironment("CLN_EXECUTOR", name, overwrite: 1) != 0)
            throw new InvalidDataException($"--executor: the environment cannot hold '{name}'.");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
