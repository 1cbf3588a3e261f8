using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>A device that contexts can be created on.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Index">Which one of the kind, from 0.</param>
/// <param name="Name">Such as "NVIDIA H100 80GB HBM3".</param>
/// <param name="Processors">Of the CPU: processors for this process. Of a GPU: multiprocessors.</param>
/// <param name="ComputeCapability">Of a GPU, such as 9.0; null of the CPU.</param>
/// <param name="MemoryBytes">Memory of the device.</param>
public sealed record Device(
    DeviceKind Kind, int Index, string Name, int Processors, Version? ComputeCapability, long MemoryBytes)
{
    /// <summary>The devices of a kind; none where there is none or what they need is missing: <see cref="Report"/> says what.</summary>
    /// <param name="kind">The kind.</param>
    /// <exception cref="NativeLibraryNotFoundException">The native library could not be loaded.</exception>
    public static unsafe IReadOnlyList<Device> Enumerate(DeviceKind kind)
    {
        NativeLibraryLoader.Ensure();
        int count = 0;
        NativeMethods.DeviceGetCount((int)kind, &count).ThrowIfFailed();
        var devices = new List<Device>(count);
        for (int index = 0; index < count; index++)
        {
            NativeDeviceInfo info = new() { StructSize = (uint)sizeof(NativeDeviceInfo) };
            NativeMethods.DeviceGetInfo((int)kind, index, &info).ThrowIfFailed();
            Version? capability = kind == DeviceKind.Cpu ? null : new Version(info.CapabilityMajor, info.CapabilityMinor);
            devices.Add(new Device(kind, index, NativeText.Read(info.Name), info.Processors, capability, info.MemoryBytes));
        }

        return devices;
    }

    /// <summary>Tells what devices of a kind need and what was found of it: for whoever wonders why a context cannot be created.</summary>
    /// <param name="kind">The kind.</param>
    /// <exception cref="NativeLibraryNotFoundException">The native library could not be loaded.</exception>
    public static unsafe DeviceReport Report(DeviceKind kind)
    {
        NativeLibraryLoader.Ensure();
        int isUsable = 0;
        byte* text = null;
        NativeMethods.DeviceGetReport((int)kind, &isUsable, &text).ThrowIfFailed();
        DeviceFinding[] findings =
        [
            .. NativeText.Read(text).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
            {
                int colon = line.IndexOf(": ", StringComparison.Ordinal);
                return new DeviceFinding(line[..colon], line[(colon + 2)..]);
            }),
        ];
        return new DeviceReport(isUsable != 0, findings);
    }
}
