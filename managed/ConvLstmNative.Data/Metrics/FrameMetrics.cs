namespace ConvLstmNative.Data;

/// <summary>
/// Compares predicted with true frames by OpenSTL's conventions, accumulated over any number of sequences: MSE and MAE are summed
/// over C, H, W and not clipped; SSIM and PSNR look at values clipped to [0, 1]. Hits, misses and false alarms are pooled over
/// space and sequences. Used by one thread at a time.
/// </summary>
public sealed class FrameMetrics
{
    /// <summary>The name that stands beside the figures.</summary>
    public const string ProfileName = "OpenSTL";

    private readonly LeadTimeTotals[] _totals;

    /// <summary>Starts with no sequences.</summary>
    /// <param name="shape">The size of a frame.</param>
    /// <param name="horizon">Frames predicted a sequence.</param>
    /// <param name="eventThreshold">A value at or above this is an event for CSI, POD and FAR, in unit values.</param>
    public FrameMetrics(FrameShape shape, int horizon, float eventThreshold = 0.5f)
    {
        shape.ThrowIfInvalid(nameof(shape));
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        if (!float.IsFinite(eventThreshold))
        {
            throw new ArgumentOutOfRangeException(
                nameof(eventThreshold), eventThreshold, "eventThreshold: expected a finite number.");
        }
        Shape = shape;
        Horizon = horizon;
        EventThreshold = eventThreshold;
        _totals = [.. Enumerable.Range(0, horizon).Select(_ => new LeadTimeTotals())];
    }

    /// <summary>The size of a frame.</summary>
    public FrameShape Shape { get; }

    /// <summary>Frames predicted a sequence.</summary>
    public int Horizon { get; }

    /// <summary>A value at or above this is an event.</summary>
    public float EventThreshold { get; }

    /// <summary>Sequences added so far.</summary>
    public long SequenceCount { get; private set; }

    /// <summary>Adds sequences.</summary>
    /// <param name="truth">(N, horizon, C, H, W), for any N.</param>
    /// <param name="predicted">As many.</param>
    public void Add(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted)
    {
        int frame = Shape.ElementCount;
        long sequence = (long)Horizon * frame;
        if (truth.Length % sequence != 0)
        {
            throw new ArgumentException(
                $"truth: expected a multiple of {sequence} values ({Horizon} frames of {Shape}), got {truth.Length}.", nameof(truth));
        }
        if (predicted.Length != truth.Length)
        {
            throw new ArgumentException(
                $"predicted: expected {truth.Length} values as in truth, got {predicted.Length}.", nameof(predicted));
        }
        for (int i = 0; i * (long)frame < truth.Length; i++)
            _totals[i % Horizon].Add(truth.Slice(i * frame, frame), predicted.Slice(i * frame, frame), Shape, EventThreshold);
        SequenceCount += truth.Length / sequence;
    }

    /// <summary>The figures so far.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public MetricsReport ToReport()
    {
        if (SequenceCount == 0)
            throw new InvalidOperationException("There are no figures before a sequence has been added.");
        LeadTimeMetrics[] rows = [.. _totals.Select((totals, i) => totals.ToMetrics(i + 1))];
        LeadTimeMetrics average = new(
            0,
            MeanOf(rows, row => row.Mse),
            MeanOf(rows, row => row.Mae),
            MeanOf(rows, row => row.Ssim),
            MeanOf(rows, row => row.Psnr),
            MeanOfDefined(rows, row => row.Csi),
            MeanOfDefined(rows, row => row.Pod),
            MeanOfDefined(rows, row => row.Far));
        return new MetricsReport(ProfileName, SequenceCount, EventThreshold, rows, average);
    }

    private static double MeanOf(LeadTimeMetrics[] rows, Func<LeadTimeMetrics, double> figure) => rows.Average(figure);

    /// <summary>Without the rows where the ratio has no denominator.</summary>
    private static double MeanOfDefined(LeadTimeMetrics[] rows, Func<LeadTimeMetrics, double> figure) =>
        rows.Select(figure).Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();
}
