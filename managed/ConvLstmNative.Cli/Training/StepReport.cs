namespace ConvLstmNative.Cli;

/// <summary>What the user sees of a training step.</summary>
/// <param name="Step">Steps taken, in all sessions of the run.</param>
/// <param name="Total">Steps of the whole run; where a time decides, as many as it is going to be at the present speed.</param>
/// <param name="Loss">The loss, smoothed.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
/// <param name="FramesPerSecond">Frames of the batches over the time of the steps, lately.</param>
/// <param name="Remaining">Time left at the present speed.</param>
internal readonly record struct StepReport(
    long Step, long Total, double Loss, float LearningRate, double FramesPerSecond, TimeSpan Remaining);
