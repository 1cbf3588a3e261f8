namespace ConvLstmNative;

/// <summary>What devices of a kind need, and what was found of it.</summary>
/// <param name="IsUsable">Whether contexts can be created.</param>
/// <param name="Findings">What was looked for and what was found, in order.</param>
public sealed record DeviceReport(bool IsUsable, IReadOnlyList<DeviceFinding> Findings);
