using System.Globalization;

namespace ConvLstmNative.Cli;

/// <summary>Where a layer runs, and what in.</summary>
internal readonly record struct Device(DeviceKind Kind, int Index, ComputeMath Math = ComputeMath.Fp32)
{
    private const string Cuda = "cuda";

    /// <summary>The processor: what a device is by default.</summary>
    public static Device Cpu => default;

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public static bool TryParse(string text, out Device value)
    {
        value = new Device(text == "cpu" ? DeviceKind.Cpu : DeviceKind.Cuda, 0);
        if (text is "cpu" or Cuda)
            return true;
        bool isIndexed = text.StartsWith(Cuda + ':', StringComparison.Ordinal);
        int index = 0;
        isIndexed = isIndexed && int.TryParse(text.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index);
        value = value with { Index = index };
        return isIndexed;
    }

    /// <summary>Creates a context on the device.</summary>
    public Context CreateContext(int threads, ComputePolicy policy = ComputePolicy.Fast) => Kind == DeviceKind.Cpu
        ? Context.Cpu(threads, policy)
        : Context.Cuda(Index, new CudaOptions { Math = Math, Policy = policy });

    /// <summary>Says what a context of the device computes with.</summary>
    public static string Describe(Context context) => context.DeviceKind == DeviceKind.Cpu
        ? FormattableString.Invariant($"{context.InstructionSet}, {context.ThreadCount} threads")
        : $"{context.DeviceName}, {Words.Of(context.Math)}";
}
