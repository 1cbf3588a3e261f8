namespace ConvLstmNative;

/// <summary>An executor that was not taken.</summary>
/// <param name="Executor">Its name.</param>
/// <param name="Why">What stands against it.</param>
public sealed record PassedOverExecutor(string Executor, string Why);
