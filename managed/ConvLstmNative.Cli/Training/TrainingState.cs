namespace ConvLstmNative.Cli;

/// <summary>What a checkpoint keeps beside the parameters, the optimizer's slots and the step count.</summary>
/// <param name="Settings">The settings of the run.</param>
/// <param name="ElapsedSeconds">Time spent on steps so far, in all sessions of the run.</param>
/// <param name="SmoothedLoss">The loss as shown to the user; null before the first step.</param>
internal sealed record TrainingState(TrainingSettings Settings, double ElapsedSeconds, double? SmoothedLoss);
