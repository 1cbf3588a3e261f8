namespace ConvLstmNative.Data;

/// <summary>The sums behind one <see cref="LeadTimeMetrics"/>.</summary>
internal sealed class LeadTimeTotals
{
    private double _squared, _absolute, _ssim, _psnr;
    private long _frames, _hits, _misses, _falseAlarms;

    public void Add(ReadOnlySpan<float> truth, ReadOnlySpan<float> predicted, FrameShape shape, float threshold)
    {
        double squared = 0, absolute = 0, clippedSquared = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double error = (double)predicted[i] - truth[i];
            squared += error * error;
            absolute += Math.Abs(error);
            double clippedError = (double)Math.Clamp(predicted[i], 0, 1) - Math.Clamp(truth[i], 0, 1);
            clippedSquared += clippedError * clippedError;
            bool there = truth[i] >= threshold, foretold = predicted[i] >= threshold;
            _hits += there && foretold ? 1 : 0;
            _misses += there && !foretold ? 1 : 0;
            _falseAlarms += !there && foretold ? 1 : 0;
        }
        _squared += squared;
        _absolute += absolute;
        _psnr += -10 * Math.Log10(clippedSquared / truth.Length);
        _ssim += StructuralSimilarity.Mean(truth, predicted, shape);
        _frames++;
    }

    public LeadTimeMetrics ToMetrics(int leadTime) => new(
        leadTime,
        _squared / _frames,
        _absolute / _frames,
        _ssim / _frames,
        _psnr / _frames,
        (double)_hits / (_hits + _misses + _falseAlarms),
        (double)_hits / (_hits + _misses),
        (double)_falseAlarms / (_hits + _falseAlarms));
}
