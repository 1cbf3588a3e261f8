namespace ConvLstmNative.Cli;

/// <summary>What <c>convlstm doctor</c> found.</summary>
/// <param name="Tool">Version of the tool.</param>
/// <param name="NativeLibrary">The library behind it.</param>
/// <param name="Devices">A section for each kind of device; empty where the library could not be loaded.</param>
internal sealed record Diagnosis(string Tool, NativeLibraryDiagnosis NativeLibrary, IReadOnlyList<DeviceDiagnosis> Devices)
{
    /// <summary>Looks at this machine; never throws for what is missing.</summary>
    public static Diagnosis Make()
    {
        bool isLoaded = NativeRuntime.IsAvailable;
        var library = new NativeLibraryDiagnosis(
            isLoaded ? NativeRuntime.Version : null,
            NativeRuntime.Attempts.FirstOrDefault(attempt => attempt.Succeeded)?.Path,
            isLoaded ? null : NativeRuntime.Diagnostics);
        DeviceKind[] kinds = isLoaded ? Enum.GetValues<DeviceKind>() : [];
        return new Diagnosis(ToolVersion.Text, library, [.. kinds.Select(DeviceDiagnosis.Of)]);
    }
}
