using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class RunLengthTests
{
    [Test]
    public void IsOver_Steps_CountsStepsOnly()
    {
        var length = new RunLength(10, null);

        Assert.That(length.IsOver(9, 1e9), Is.False);
        Assert.That(length.IsOver(10, 0), Is.True);
        Assert.That(length.Total(3, 100), Is.EqualTo(10));
    }

    [Test]
    public void Total_Minutes_ProjectsTheSpeedSoFar()
    {
        var length = new RunLength(null, 2);

        Assert.That(length.IsOver(5, 119), Is.False);
        Assert.That(length.IsOver(5, 120), Is.True);
        Assert.That(length.Total(5, 10), Is.EqualTo(60));
        Assert.That(length.Total(500, 121), Is.EqualTo(500));
    }
}
