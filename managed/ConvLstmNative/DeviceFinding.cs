namespace ConvLstmNative;

/// <summary>One thing that devices need or have.</summary>
/// <param name="Name">What it is, such as "driver".</param>
/// <param name="Found">What was found; where it is missing, what to install.</param>
public sealed record DeviceFinding(string Name, string Found);
