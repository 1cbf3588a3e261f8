using System.Text;
using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// A device with its threads. A context and everything made from it is used by one thread at a time; a second caller gets
/// <see cref="ContextBusyException"/> and nothing happens. Different contexts are independent.
/// </summary>
public sealed class Context : IDisposable
{
    private const int MaxThreadCount = 1024;

    private unsafe Context(DeviceKind kind, int deviceIndex, int threadCount, ComputePolicy policy)
    {
        NativeLibraryLoader.Ensure();
        NativeContextDesc desc = new() { StructSize = (uint)sizeof(NativeContextDesc) };
        NativeMethods.ContextDescInit(&desc).ThrowIfFailed();
        desc.DeviceKind = (int)kind;
        desc.DeviceIndex = deviceIndex;
        desc.ThreadCount = threadCount;
        desc.Policy = (int)policy;
        NativeStatusCode status = NativeMethods.ContextCreate(&desc, out ContextHandle handle);
        status.ThrowIfFailed();
        Handle = handle;
        NativeContextInfo info = new() { StructSize = (uint)sizeof(NativeContextInfo) };
        NativeMethods.ContextGetInfo(handle, &info).ThrowIfFailed();
        DeviceKind = (DeviceKind)info.DeviceKind;
        ThreadCount = info.ThreadCount;
        Policy = (ComputePolicy)info.Policy;
        DeviceName = NativeText.Read(info.DeviceName);
        InstructionSet = NativeText.Read(info.InstructionSet);
    }

    /// <summary>Threads that compute, the caller among them.</summary>
    public int ThreadCount { get; }

    /// <summary>How exactly layers compute.</summary>
    public ComputePolicy Policy { get; }

    /// <summary>What the kernels use, such as "avx512".</summary>
    public string InstructionSet { get; }

    /// <summary>Name of the device, such as "cpu".</summary>
    public string DeviceName { get; }

    /// <summary>Kind of the device.</summary>
    public DeviceKind DeviceKind { get; }

    internal ContextHandle Handle { get; }

    /// <summary>Creates a context on the processor.</summary>
    /// <param name="threadCount">Threads that compute, the caller among them, 1 to 1024; 0 for as many as there are
    /// processors for this process.</param>
    /// <param name="policy">How exactly layers compute.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is out of range.</exception>
    /// <exception cref="InvalidArgumentException">There is no such policy.</exception>
    /// <exception cref="NativeLibraryNotFoundException">The native library could not be loaded.</exception>
    public static Context Cpu(int threadCount = 0, ComputePolicy policy = ComputePolicy.Fast)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threadCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threadCount, MaxThreadCount);
        return new Context(DeviceKind.Cpu, 0, threadCount, policy);
    }

    /// <summary>Creates a context on an NVIDIA GPU.</summary>
    /// <param name="deviceIndex">Which one, from 0.</param>
    /// <exception cref="UnsupportedFeatureException">This build has no support for such devices, or there is none.</exception>
    /// <exception cref="NativeLibraryNotFoundException">The native library could not be loaded.</exception>
    public static Context Cuda(int deviceIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviceIndex);
        return new Context(DeviceKind.Cuda, deviceIndex, 0, ComputePolicy.Fast);
    }

    /// <summary>Sets the tuning for the shapes that layers run from then on; those that they have run keep their executors. Before
    /// that it is what the environment variables <c>CLN_TUNING</c> and <c>CLN_TUNING_FILE</c> say, else off. With a file a plan is
    /// what the file says, and so are the bits of all outputs.</summary>
    /// <param name="tuning">Whether to measure what the file does not have.</param>
    /// <param name="path">The file: text, a case a line, as the C header describes it. It need not exist. Null with
    /// <see cref="ExecutorTuning.Off"/>.</param>
    /// <exception cref="InvalidArgumentException">The file is no tuning file; the message names its line.</exception>
    public unsafe void SetTuning(ExecutorTuning tuning, string? path = null)
    {
        if (tuning != ExecutorTuning.Off)
            ArgumentException.ThrowIfNullOrEmpty(path);
        fixed (byte* text = Encoding.UTF8.GetBytes((path ?? string.Empty) + '\0'))
            NativeMethods.ContextSetTuning(Handle, (int)tuning, text).ThrowIfFailed();
    }

    /// <summary>Frees the context once nothing made from it is alive any more.</summary>
    public void Dispose() => Handle.Dispose();
}
