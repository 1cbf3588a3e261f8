namespace ConvLstmNative.Cli;

/// <summary>How a training run, or this session of it, ended.</summary>
/// <param name="Completed">Whether the model is finished; otherwise the run was interrupted and its checkpoint saved.</param>
/// <param name="Steps">Steps taken, in all sessions.</param>
/// <param name="Loss">The smoothed loss; null where no step was taken.</param>
/// <param name="Elapsed">Time spent on steps, in all sessions.</param>
internal sealed record TrainingOutcome(bool Completed, long Steps, double? Loss, TimeSpan Elapsed);
