using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The figures of a model and of the baseline that repeats the last input frame, over the same sequences.</summary>
internal sealed record Evaluation(MetricsReport Model, MetricsReport Persistence, bool IsRadar)
{
    /// <summary>Compares over sequences spread evenly over the whole of the data, so that the same are always taken.</summary>
    /// <param name="forecaster">The model and its data.</param>
    /// <param name="count">Sequences to look at, or all where there are fewer.</param>
    /// <param name="report">Hears how many are done, and of how many.</param>
    /// <param name="interrupt">Ends the work with <see cref="OperationCanceledException"/>.</param>
    public static Evaluation Run(Forecaster forecaster, int count, Action<int, int> report, CancellationToken interrupt)
    {
        IFrameSequenceSource source = forecaster.Open(forecaster.InputSteps + forecaster.Horizon);
        try
        {
            int frame = source.Shape.ElementCount;
            int split = forecaster.InputSteps * frame;
            FrameMetrics model = new(source.Shape, forecaster.Horizon, forecaster.EventThreshold);
            FrameMetrics persistence = new(source.Shape, forecaster.Horizon, forecaster.EventThreshold);
            float[] frames = new float[source.Steps * frame];
            float[] repeated = new float[forecaster.Horizon * frame];
            int taken = (int)Math.Min(count, source.Count);
            for (int i = 0; i < taken; i++)
            {
                interrupt.ThrowIfCancellationRequested();
                source.Read(IndexOf(i, taken, source.Count), frames);
                ReadOnlySpan<float> truth = frames.AsSpan(split);
                model.Add(truth, forecaster.Predict(frames.AsSpan(0, split), source.Shape));
                ConvLstmNative.Data.Persistence.Predict(frames.AsSpan(0, split), 1, source.Shape, repeated);
                persistence.Add(truth, repeated);
                report(i + 1, taken);
            }

            return new Evaluation(model.ToReport(), persistence.ToReport(), forecaster.IsRadar);
        }
        finally
        {
            (source as IDisposable)?.Dispose();
        }
    }

    /// <summary>The figures of one sequence that is already predicted.</summary>
    public static Evaluation Of(
        Forecaster forecaster, FrameShape frame, ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted, ReadOnlySpan<float> repeated)
    {
        FrameMetrics model = new(frame, forecaster.Horizon, forecaster.EventThreshold);
        FrameMetrics persistence = new(frame, forecaster.Horizon, forecaster.EventThreshold);
        model.Add(truth, predicted);
        persistence.Add(truth, repeated);
        return new Evaluation(model.ToReport(), persistence.ToReport(), forecaster.IsRadar);
    }

    private static long IndexOf(int i, int taken, long available) =>
        available == long.MaxValue ? i : (long)((Int128)i * available / taken);
}
