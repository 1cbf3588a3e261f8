using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class LearningRateScheduleTests
{
    [Test]
    public void At_WarmUp_RisesLinearlyToThePeak()
    {
        var schedule = new LearningRateSchedule(1e-2f, 10);

        Assert.That(schedule.At(0, 1000), Is.EqualTo(1e-3f).Within(1e-8f));
        Assert.That(schedule.At(4, 1000), Is.EqualTo(5e-3f).Within(1e-8f));
        Assert.That(schedule.At(9, 1000), Is.EqualTo(1e-2f).Within(1e-8f));
        Assert.That(schedule.At(10, 1000), Is.EqualTo(1e-2f).Within(1e-8f));
    }

    [Test]
    public void At_AfterWarmUp_FallsAlongACosineToAHundredth()
    {
        var schedule = new LearningRateSchedule(1, 0);
        float[] rates = [.. Enumerable.Range(0, 101).Select(step => schedule.At(step, 100))];

        Assert.That(rates, Is.Ordered.Descending);
        Assert.That(rates[50], Is.EqualTo(0.505f).Within(1e-6f));
        Assert.That(rates[100], Is.EqualTo(0.01f).Within(1e-6f));
        Assert.That(schedule.At(1000, 100), Is.EqualTo(0.01f).Within(1e-6f));
    }

    [Test]
    public void At_ShortRun_WarmsUpForATenthOnly() =>
        Assert.That(new LearningRateSchedule(1, 100).At(2, 20), Is.EqualTo(1).Within(1e-6f));

    [Test]
    public void At_SingleStep_IsThePeak() =>
        Assert.That(new LearningRateSchedule(1, 100).At(0, 1), Is.EqualTo(1).Within(1e-6f));
}
