using System.Diagnostics;
using ConvLstmNative.Data;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>
/// Takes the steps of a run, from wherever its trainer stands, and keeps its checkpoint. Everything a step depends on is a
/// function of the settings and the step count, so that an interrupted run goes on to the same numbers.
/// </summary>
internal sealed class TrainingRun(
    SequenceTrainer trainer, IFrameSequenceSource source, TrainingSettings settings, string checkpointPath, long checkpointEvery)
{
    private const double LeastSmoothing = 0.02;
    private const long StepsBetweenChecks = 32; // of what only the device knows
    private float[]? _weights;

    /// <summary>Time spent before this session.</summary>
    public double ElapsedSeconds { get; set; }

    /// <summary>The loss as the user saw it last.</summary>
    public double? SmoothedLoss { get; set; }

    /// <summary>Where the run stands.</summary>
    public TrainingState State => new(settings, ElapsedSeconds, SmoothedLoss);

    /// <summary>Steps until the run is over or <paramref name="interrupt"/> is set; then the checkpoint is saved.</summary>
    public async Task<TrainingOutcome> RunAsync(Action<StepReport> report, CancellationToken interrupt)
    {
        var length = new RunLength(settings.Steps, settings.Minutes);
        var schedule = new LearningRateSchedule((float)settings.LearningRate, settings.WarmUp);
        FrameShape frame = source.Shape;
        var shape = new SequenceShape(settings.Batch, source.Steps, frame.Channels, frame.Height, frame.Width);
        long framesPerStep = (long)settings.Batch * source.Steps;

        var reader = new BatchReader(source, settings.Batch, trainer.StepCount * settings.Batch);
        await using (reader.ConfigureAwait(false))
        {
            long started = Stopwatch.GetTimestamp();
            double before = ElapsedSeconds;
            var speed = new SpeedMeter(before);
            while (!length.IsOver(trainer.StepCount, ElapsedSeconds))
            {
                if (interrupt.IsCancellationRequested)
                {
                    SaveCheckpoint();
                    return Outcome(completed: false);
                }

                long step = trainer.StepCount;
                float rate = schedule.At(step, length.Total(step, ElapsedSeconds));
                float[] batch = await reader.NextAsync().ConfigureAwait(false);
                trainer.LearningRate = rate;
                float loss = Step(batch, shape);
                reader.Return(batch);
                ElapsedSeconds = before + Stopwatch.GetElapsedTime(started).TotalSeconds;
                Smooth(loss, step);

                speed.Add(ElapsedSeconds);
                bool over = length.IsOver(trainer.StepCount, ElapsedSeconds);
                if (over || trainer.StepCount % StepsBetweenChecks == 0)
                    Guard(() => trainer.GradientNorm);
                long total = over
                    ? trainer.StepCount
                    : Math.Max(trainer.StepCount + 1, length.Total(trainer.StepCount, ElapsedSeconds));
                report(new StepReport(trainer.StepCount, total, SmoothedLoss!.Value, rate, framesPerStep * speed.StepsPerSecond,
                    settings.Minutes is { } minutes
                        ? TimeSpan.FromSeconds(Math.Max(0, minutes * 60 - ElapsedSeconds))
                        : TimeSpan.FromSeconds((total - trainer.StepCount) / Math.Max(1e-6, speed.StepsPerSecond))));
                if (!over && checkpointEvery > 0 && trainer.StepCount % checkpointEvery == 0)
                    SaveCheckpoint();
            }
        }

        return Outcome(completed: true);
    }

    /// <summary>Saves the parameters, the optimizer and where the run stands.</summary>
    public void SaveCheckpoint()
    {
        Guard(() => trainer.GradientNorm);
        ModelNotes.WriteState(trainer.Model, State);
        trainer.Save(checkpointPath);
    }

    private float Step(float[] batch, SequenceShape shape)
    {
        float loss = Guard(() => trainer.Step(batch, shape, settings.InputSteps, Weights(batch, shape)));
        return float.IsFinite(loss) ? loss : throw NotFinite($"the loss became {loss}", null);
    }

    private float Guard(Func<float> call)
    {
        try
        {
            return call();
        }
        catch (NotFiniteException exception)
        {
            throw NotFinite(exception.Message, exception);
        }
    }

    // What each predicted pixel counts, by its true value; empty where all count the same.
    private ReadOnlySpan<float> Weights(ReadOnlySpan<float> batch, SequenceShape shape)
    {
        if (settings.Emphasis == 0)
            return default;
        int sequence = (int)(shape.ElementCount / shape.Batch);
        int input = sequence / shape.Steps * settings.InputSteps;
        _weights ??= new float[(sequence - input) * shape.Batch];
        for (int n = 0; n < shape.Batch; n++)
        {
            ReadOnlySpan<float> truth = batch.Slice(n * sequence + input, sequence - input);
            Span<float> weights = _weights.AsSpan(n * truth.Length, truth.Length);
            for (int k = 0; k < truth.Length; k++)
                weights[k] = 1 + (float)settings.Emphasis * truth[k] * truth[k];
        }

        return _weights;
    }

    private ToolException NotFinite(string what, Exception? cause) => new(FormattableString.Invariant(
        $"Training broke down near step {trainer.StepCount}: {what}. ")
        + "A lower --learning-rate or --max-norm may help; the last saved checkpoint, if any, is kept.", cause);

    private void Smooth(float loss, long step) =>
        SmoothedLoss = SmoothedLoss is { } value ? value + (loss - value) * Math.Max(LeastSmoothing, 1.0 / (step + 1)) : loss;

    private TrainingOutcome Outcome(bool completed) =>
        new(completed, trainer.StepCount, SmoothedLoss, TimeSpan.FromSeconds(ElapsedSeconds));
}
