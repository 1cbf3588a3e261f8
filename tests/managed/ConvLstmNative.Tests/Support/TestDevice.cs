using System.Runtime.InteropServices;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>
/// The device of the tests: the processor, or CUDA device 0 where the environment variable CLN_TEST_DEVICE says "cuda".
/// </summary>
internal static partial class TestDevice
{
    private const string LibraryVariable = "CLN_CUDA_LIBRARY";

    public static bool IsCuda => Environment.GetEnvironmentVariable("CLN_TEST_DEVICE") == "cuda";

    public static Context CreateContext() => IsCuda ? Context.Cuda() : Context.Cpu(threadCount: 2);

    /// <summary>Skips the test where there is neither a CUDA library of the environment's nor the emulated one of the native tests.</summary>
    public static void RequireCuda()
    {
        if (Environment.GetEnvironmentVariable(LibraryVariable) is not null)
            return;
        string emulated = Path.Combine(Repository.Root, "build", "release", "native", "src", "capi", "libconvlstm_native_cuda_emulated.so");
        if (!OperatingSystem.IsLinux() || !File.Exists(emulated))
            Assert.Ignore($"needs {emulated}, which the native tests build");

        // What .NET sets with Environment stays in .NET: the process itself must be told.
        Assert.That(SetEnvironment(LibraryVariable, emulated, overwrite: 1), Is.Zero);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
