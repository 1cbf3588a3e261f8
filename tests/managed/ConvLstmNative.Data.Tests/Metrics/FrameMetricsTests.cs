namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class FrameMetricsTests
{
    private static float[] RandomFrames(int seed, int count, double minimum = -0.3, double maximum = 1.4)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(minimum + random.NextDouble() * (maximum - minimum)))];
    }

    /// <summary>The golden numbers were computed apart from this code, in plain loops of another language.</summary>
    [Test]
    public void ToReport_KnownFrame_GivesGoldenNumbers()
    {
        const int Height = 11, Width = 9;
        float[] truth = new float[Height * Width], predicted = new float[Height * Width];
        for (int i = 0; i < Height; i++)
        {
            for (int j = 0; j < Width; j++)
            {
                truth[i * Width + j] = (i * 7 + j * 3) % 11 / 10f;
                predicted[i * Width + j] = (i * 5 + j * 2) % 13 / 12f;
            }
        }
        FrameMetrics metrics = new(new FrameShape(1, Height, Width), 1);
        metrics.Add(truth, predicted);
        LeadTimeMetrics row = metrics.ToReport().Average;
        Assert.That(row.Ssim, Is.EqualTo(0.08597532852788106).Within(1e-6));
        Assert.That(row.Mse, Is.EqualTo(19.148611111111105).Within(1e-5));
        Assert.That(row.Mae, Is.EqualTo(35.35).Within(1e-5));
        Assert.That(row.Psnr, Is.EqualTo(7.134979154393886).Within(1e-6));
        Assert.That(row.Csi, Is.EqualTo(31 / 76.0));
        Assert.That(row.Pod, Is.EqualTo(31 / 54.0));
        Assert.That(row.Far, Is.EqualTo(22 / 53.0));
    }

    [Test]
    public void ToReport_ConstantFrames_GiveNumbersDoneByHand()
    {
        float[] truth = new float[64], predicted = new float[64];
        Array.Fill(truth, 0.5f);
        Array.Fill(predicted, 0.25f);
        FrameMetrics metrics = new(new FrameShape(1, 8, 8), 1);
        metrics.Add(truth, predicted);
        LeadTimeMetrics row = metrics.ToReport().Average;
        Assert.That(row.Mse, Is.EqualTo(64 * 0.0625));
        Assert.That(row.Mae, Is.EqualTo(16));
        Assert.That(row.Psnr, Is.EqualTo(12.041199826559248).Within(1e-12));
        Assert.That(row.Ssim, Is.EqualTo((2 * 0.125 + 4e-4) / (0.3125 + 4e-4)).Within(1e-9), "luminance alone");
        Assert.That((row.Csi, row.Pod, row.Far), Is.EqualTo((0.0, 0.0, double.NaN)));
    }

    [TestCase(1, 7, 7, 1)]
    [TestCase(2, 13, 9, 3)]
    [TestCase(1, 8, 31, 4)]
    public void ToReport_RandomFrames_EqualPlainLoops(int channels, int height, int width, int sequences)
    {
        const int Horizon = 3;
        const float Threshold = 0.4f;
        FrameShape shape = new(channels, height, width);
        int frame = shape.ElementCount;
        float[] truth = RandomFrames(1, sequences * Horizon * frame, 0, 1), predicted = RandomFrames(2, truth.Length);
        FrameMetrics metrics = new(shape, Horizon, Threshold);
        int split = sequences / 2 * Horizon * frame;
        metrics.Add(truth.AsSpan(0, split), predicted.AsSpan(0, split));
        metrics.Add(truth.AsSpan(split), predicted.AsSpan(split));
        MetricsReport report = metrics.ToReport();
        Assert.That((report.SequenceCount, report.Profile, report.EventThreshold), Is.EqualTo(((long)sequences, "OpenSTL", Threshold)));
        for (int t = 0; t < Horizon; t++)
        {
            double mse = 0, mae = 0, psnr = 0, ssim = 0, hits = 0, misses = 0, falseAlarms = 0;
            for (int n = 0; n < sequences; n++)
            {
                float[] a = truth[((n * Horizon + t) * frame)..((n * Horizon + t + 1) * frame)];
                float[] b = predicted[((n * Horizon + t) * frame)..((n * Horizon + t + 1) * frame)];
                mse += a.Zip(b, (p, q) => Math.Pow((double)p - q, 2)).Sum() / sequences;
                mae += a.Zip(b, (p, q) => Math.Abs((double)p - q)).Sum() / sequences;
                psnr += -10 * Math.Log10(a.Zip(b, (p, q) => Math.Pow((double)p - Math.Clamp(q, 0, 1), 2)).Average()) / sequences;
                ssim += ReferenceSsim.Mean(a, b, channels, height, width) / sequences;
                hits += a.Zip(b).Count(pair => pair.First >= Threshold && pair.Second >= Threshold);
                misses += a.Zip(b).Count(pair => pair.First >= Threshold && pair.Second < Threshold);
                falseAlarms += a.Zip(b).Count(pair => pair.First < Threshold && pair.Second >= Threshold);
            }
            LeadTimeMetrics row = report.LeadTimes[t];
            Assert.That(row.LeadTime, Is.EqualTo(t + 1));
            Assert.That(row.Mse, Is.EqualTo(mse).Within(1e-9).Percent);
            Assert.That(row.Mae, Is.EqualTo(mae).Within(1e-9).Percent);
            Assert.That(row.Psnr, Is.EqualTo(psnr).Within(1e-6));
            Assert.That(row.Ssim, Is.EqualTo(ssim).Within(1e-9));
            Assert.That(row.Csi, Is.EqualTo(hits / (hits + misses + falseAlarms)).Within(1e-12));
            Assert.That(row.Pod, Is.EqualTo(hits / (hits + misses)).Within(1e-12));
            Assert.That(row.Far, Is.EqualTo(falseAlarms / (hits + falseAlarms)).Within(1e-12));
        }
        Assert.That(report.Average.Mse, Is.EqualTo(report.LeadTimes.Average(row => row.Mse)).Within(1e-9).Percent);
        Assert.That(report.Average.Ssim, Is.EqualTo(report.LeadTimes.Average(row => row.Ssim)).Within(1e-12));
        Assert.That(report.Average.Csi, Is.EqualTo(report.LeadTimes.Average(row => row.Csi)).Within(1e-12));
    }

    [Test]
    public void ToReport_PerfectForecast_IsPerfect()
    {
        float[] truth = RandomFrames(4, 2 * 10 * 12, 0, 1);
        FrameMetrics metrics = new(new FrameShape(1, 10, 12), 2);
        metrics.Add(truth, truth);
        LeadTimeMetrics row = metrics.ToReport().Average;
        Assert.That((row.Mse, row.Mae, row.Psnr), Is.EqualTo((0.0, 0.0, double.PositiveInfinity)));
        Assert.That((row.Csi, row.Pod, row.Far), Is.EqualTo((1.0, 1.0, 0.0)));
        Assert.That(row.Ssim, Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void ToReport_FiguresWithoutADenominator_AreNaNAndLeftOutOfTheAverage()
    {
        // Lead time 1: nothing there, nothing foretold. Lead time 2: one hit, one miss.
        FrameMetrics metrics = new(new FrameShape(1, 1, 2), 2);
        metrics.Add([0, 0, 1, 1], [0, 0, 1, 0]);
        MetricsReport report = metrics.ToReport();
        Assert.That(report.LeadTimes[0].Csi, Is.NaN);
        Assert.That((report.Average.Csi, report.Average.Pod, report.Average.Far), Is.EqualTo((0.5, 0.5, 0.0)));
        Assert.That(report.Average.Ssim, Is.NaN, "frames under 7 pixels");
    }

    [Test]
    public void ToReport_NaNInAPrediction_IsNotHidden()
    {
        float[] truth = RandomFrames(4, 64, 0, 1), predicted = (float[])truth.Clone();
        predicted[10] = float.NaN;
        FrameMetrics metrics = new(new FrameShape(1, 8, 8), 1);
        metrics.Add(truth, predicted);
        LeadTimeMetrics row = metrics.ToReport().Average;
        Assert.That(new[] { row.Mse, row.Mae, row.Psnr, row.Ssim }, Is.All.NaN);
    }

    [Test]
    public void Report_AsJson_KeepsItsNaNs()
    {
        FrameMetrics metrics = new(new FrameShape(1, 1, 2), 1);
        metrics.Add([0, 0], [0, 0]);
        string json = System.Text.Json.JsonSerializer.Serialize(metrics.ToReport());
        Assert.That(json, Does.Contain("\"Csi\":\"NaN\"").And.Contain("\"Psnr\":\"Infinity\"").And.Contain("\"Profile\":\"OpenSTL\""));
    }

    [Test]
    public void Add_WrongLengths_AreRefused()
    {
        FrameMetrics metrics = new(new FrameShape(1, 2, 2), 3);
        Assert.That(() => metrics.Add(new float[13], new float[13]), Throws.ArgumentException.With.Message.Contains("truth"));
        Assert.That(() => metrics.Add(new float[12], new float[24]), Throws.ArgumentException.With.Message.Contains("predicted"));
        Assert.That(() => metrics.ToReport(), Throws.InvalidOperationException);
        Assert.That(() => new FrameMetrics(new FrameShape(0, 2, 2), 3), Throws.ArgumentException);
        Assert.That(() => new FrameMetrics(new FrameShape(1, 2, 2), 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new FrameMetrics(new FrameShape(1, 2, 2), 3, float.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
