namespace ConvLstmNative.Cli;

/// <summary>
/// A short linear warm-up, then half a cosine down to a hundredth of the peak. The rate depends on the step and on the
/// total alone, so that a resumed run takes the same steps as one that was never interrupted.
/// </summary>
internal readonly record struct LearningRateSchedule(float Peak, long WarmUpSteps)
{
    private const double FinalShare = 0.01;

    /// <summary>The rate for one step.</summary>
    /// <param name="step">The step about to be taken, from 0.</param>
    /// <param name="total">Steps of the whole run; the rate stays at its lowest from there on.</param>
    public float At(long step, long total)
    {
        long warmUp = Math.Min(WarmUpSteps, total / 10);
        if (step < warmUp)
            return (float)(Peak * (step + 1.0) / warmUp);
        double progress = Math.Clamp((step - warmUp) / (double)Math.Max(1, total - warmUp), 0, 1);
        return (float)(Peak * (FinalShare + (1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
