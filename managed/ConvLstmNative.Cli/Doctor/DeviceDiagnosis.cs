namespace ConvLstmNative.Cli;

/// <summary>A kind of device of a diagnosis.</summary>
/// <param name="Kind">As <c>--device</c> takes it.</param>
/// <param name="IsUsable">Whether commands can run there.</param>
/// <param name="Devices">Those that there are.</param>
/// <param name="Findings">What was looked for, and what was found.</param>
internal sealed record DeviceDiagnosis(
    string Kind, bool IsUsable, IReadOnlyList<string> Devices, IReadOnlyList<DeviceFinding> Findings)
{
    public static DeviceDiagnosis Of(DeviceKind kind)
    {
        DeviceReport report = ConvLstmNative.Device.Report(kind);
        return new DeviceDiagnosis(
            kind == DeviceKind.Cpu ? "cpu" : "cuda",
            report.IsUsable,
            [.. ConvLstmNative.Device.Enumerate(kind).Select(device => device.Name)],
            report.Findings);
    }
}
