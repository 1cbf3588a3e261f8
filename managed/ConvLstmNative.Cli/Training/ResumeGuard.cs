using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>Refuses options that would make a resumed run another run than the one that was interrupted.</summary>
internal static class ResumeGuard
{
    private static readonly (string Option, Func<TrainingSettings, object?> Value)[] Fixed =
    [
        ("--hidden", s => string.Join(',', s.Hidden)),
        ("--input-kernel or --kernel", s => s.InputKernel),
        ("--recurrent-kernel or --kernel", s => s.RecurrentKernel),
        ("--patch", s => s.Patch),
        ("--peephole", s => Words.Of(s.Peephole)),
        ("--loss", s => Words.Of(s.Loss)),
        ("--residual", s => s.Residual),
        ("--input-steps", s => s.InputSteps),
        ("--horizon", s => s.Horizon),
        ("--batch", s => s.Batch),
        ("--learning-rate", s => s.LearningRate),
        ("--warm-up", s => s.WarmUp),
        ("--max-norm", s => s.MaxNorm),
        ("--emphasis", s => s.Emphasis),
        ("--augment", s => s.Augment is true ? "on" : "off"),
        ("--seed", s => s.Seed),
        ("--data", s => Words.Of(s.Data!.Kind)),
        ("--shapes", s => s.Data!.Shapes),
        ("--objects", s => s.Data!.Objects),
        ("--size", s => s.Data!.Size),
        ("--data-seed", s => s.Data!.Seed),
        ("--digits", s => s.Data!.Digits),
        ("--sequences", s => s.Data!.Sequences),
        ("--layout", s => s.Data!.Layout),
        ("--crop", s => s.Data!.Crop),
        ("--downscale", s => s.Data!.Downscale),
        ("--values", s => s.Data!.Values is { } values ? Words.Of(values) : null),
        ("--time-stride", s => s.Data!.TimeStride),
        ("--min-rain", s => s.Data!.MinimumRain),
    ];

    /// <param name="interrupted">The settings in the checkpoint.</param>
    /// <param name="requested">The same with what the user gave.</param>
    public static void Check(TrainingSettings interrupted, TrainingSettings requested)
    {
        foreach ((string option, Func<TrainingSettings, object?> value) in Fixed)
        {
            if (!Equals(value(interrupted), value(requested)))
            {
                throw new UsageException(Invariant($"{option}: expected {value(interrupted)}, as the run that --resume continues, got '{value(requested)}'."));
            }
        }
    }
}
