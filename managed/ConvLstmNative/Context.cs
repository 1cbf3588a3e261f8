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

    private unsafe Context(DeviceKind kind, int deviceIndex, int threadCount, CudaOptions options)
    {
        NativeLibraryLoader.Ensure();
        NativeContextDesc desc = new() { StructSize = (uint)sizeof(NativeContextDesc) };
        NativeMethods.ContextDescInit(&desc).ThrowIfFailed();
        desc.DeviceKind = (int)kind;
        desc.DeviceIndex = deviceIndex;
        desc.ThreadCount = threadCount;
        desc.Policy = (int)options.Policy;
        desc.Math = (int)options.Math;
        desc.IsDeterministic = options.IsDeterministic ? 1 : 0;
        NativeStatusCode status = NativeMethods.ContextCreate(&desc, out ContextHandle handle);
        status.ThrowIfFailed();
        Handle = handle;
        NativeContextInfo info = ReadInfo();
        DeviceKind = (DeviceKind)info.DeviceKind;
        DeviceIndex = info.DeviceIndex;
        ThreadCount = info.ThreadCount;
        Policy = (ComputePolicy)info.Policy;
        Math = (ComputeMath)info.Math;
        IsDeterministic = info.IsDeterministic != 0;
        DeviceName = NativeText.Read(info.DeviceName);
        InstructionSet = NativeText.Read(info.InstructionSet);
    }

    /// <summary>Threads that compute, the caller among them.</summary>
    public int ThreadCount { get; }

    /// <summary>How exactly layers compute.</summary>
    public ComputePolicy Policy { get; }

    /// <summary>What products are computed in.</summary>
    public ComputeMath Math { get; }

    /// <summary>Whether two runs give the same bits.</summary>
    public bool IsDeterministic { get; }

    /// <summary>What the kernels use, such as "avx512" or "sm_90".</summary>
    public string InstructionSet { get; }

    /// <summary>Name of the device, such as "cpu".</summary>
    public string DeviceName { get; }

    /// <summary>Kind of the device.</summary>
    public DeviceKind DeviceKind { get; }

    /// <summary>Which device of the kind, from 0.</summary>
    public int DeviceIndex { get; }

    /// <summary>Memory of the GPU that the context has now; on the CPU it keeps none.</summary>
    /// <exception cref="ContextBusyException">Another thread is using the context.</exception>
    /// <exception cref="ObjectDisposedException">The context has been disposed.</exception>
    public DeviceMemory Memory
    {
        get
        {
            NativeContextInfo info = ReadInfo();
            return new DeviceMemory(info.MemoryHeld, info.MemoryUsed);
        }
    }

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
        return new Context(DeviceKind.Cpu, 0, threadCount, new CudaOptions { Policy = policy });
    }

    /// <summary>Creates a context on an NVIDIA GPU.</summary>
    /// <param name="deviceIndex">Which one, from 0.</param>
    /// <param name="options">How it computes; null for 32-bit floats, the fastest way.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    /// <exception cref="InvalidArgumentException">The options do not go together.</exception>
    /// <exception cref="UnsupportedFeatureException">There is no such device, or the CUDA library, the driver or cuDNN is missing;
    /// the message says what was looked for, what was found and what to install.</exception>
    /// <exception cref="NativeLibraryNotFoundException">The native library could not be loaded.</exception>
    public static Context Cuda(int deviceIndex = 0, CudaOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviceIndex);
        return new Context(DeviceKind.Cuda, deviceIndex, 0, options ?? new CudaOptions());
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

    private unsafe NativeContextInfo ReadInfo()
    {
        NativeContextInfo info = new() { StructSize = (uint)sizeof(NativeContextInfo) };
        NativeMethods.ContextGetInfo(Handle, &info).ThrowIfFailed();
        return info;
    }
}
