namespace ConvLstmNative.Cli;

/// <summary>How a model came to be, stored in its file and shown by <c>convlstm info</c>.</summary>
internal sealed record TrainingRecord
{
    /// <summary>Version of the tool that trained the model.</summary>
    public string Tool { get; init; } = string.Empty;

    public int InputSteps { get; init; }

    public int Horizon { get; init; }

    /// <summary>Steps taken; null in a checkpoint, which counts them itself.</summary>
    public long? Steps { get; init; }

    public int Batch { get; init; }

    public double LearningRate { get; init; }

    public double MaxNorm { get; init; }

    public double Emphasis { get; init; }

    public bool Augment { get; init; }

    public ulong Seed { get; init; }

    public double Minutes { get; init; }

    /// <summary>The training loss at the end, smoothed over the last steps.</summary>
    public double? Loss { get; init; }

    /// <summary>The record of a run so far.</summary>
    public static TrainingRecord From(TrainingState state) => new()
    {
        Tool = ToolVersion.Text,
        InputSteps = state.Settings.InputSteps,
        Horizon = state.Settings.Horizon,
        Batch = state.Settings.Batch,
        LearningRate = state.Settings.LearningRate,
        MaxNorm = state.Settings.MaxNorm,
        Emphasis = state.Settings.Emphasis,
        Augment = state.Settings.Augment is true,
        Seed = state.Settings.Seed,
        Minutes = Math.Round(state.ElapsedSeconds / 60, 2),
        Loss = state.SmoothedLoss,
    };
}
