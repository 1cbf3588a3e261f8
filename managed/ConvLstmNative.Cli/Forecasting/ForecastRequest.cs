namespace ConvLstmNative.Cli;

/// <summary>What the user gave to <c>predict</c>, <c>evaluate</c> or <c>demo</c>: null where not given.</summary>
internal sealed record ForecastRequest
{
    public string? Model { get; init; }

    public DataRequest Data { get; init; } = new();

    public int? InputSteps { get; init; }

    public int? Horizon { get; init; }

    public Device Device { get; init; }

    /// <summary>Threads; 0 for all.</summary>
    public int Threads { get; init; }
}
