using System.Runtime.InteropServices;

namespace ConvLstmNative.Benchmarks;

/// <summary>
/// Names the executor to the native library through its environment variable, until it is disposed. What .NET sets with
/// <see cref="Environment"/> stays in .NET: the process itself must be told.
/// </summary>
internal sealed partial class ExecutorScope : IDisposable
{
    private const string Variable = "CLN_EXECUTOR";
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);
    private readonly bool _isChanged;

    public ExecutorScope(string? executor)
    {
        _isChanged = executor is not null && !OperatingSystem.IsWindows();
        if (_isChanged)
            Set(executor);
    }

    public void Dispose()
    {
        if (_isChanged)
            Set(_before);
    }

    private static void Set(string? value)
    {
        int result = value is null ? Unset(Variable) : Set(Variable, value, overwrite: 1);
        if (result != 0)
            throw new InvalidOperationException($"{Variable}: the environment cannot be changed (error {Marshal.GetLastPInvokeError()})");
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unset(string name);
}
