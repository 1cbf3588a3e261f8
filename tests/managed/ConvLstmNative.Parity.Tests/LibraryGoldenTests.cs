using NUnit.Framework;

namespace ConvLstmNative.Parity.Tests;

/// <summary>The library gives the numbers of Keras' own unit tests. These need no libtorch.</summary>
public sealed class LibraryGoldenTests
{
    [Test]
    public void Train_KerasCell_GivesItsSums()
    {
        Dictionary<string, float[]> outcome = Train(KerasGolden.Cell, 10);
        Assert.That(Sum(outcome["state.0"]), Is.EqualTo(188.89502).Within(1e-3));
        Assert.That(Sum(outcome["state.1"]), Is.EqualTo(2170.444).Within(2e-3));
    }

    [Test]
    public void Train_KerasLayer_GivesItsSum() =>
        Assert.That(Sum(Train(KerasGolden.Layer, 100)["y"]), Is.EqualTo(119.812454).Within(1e-4));

    private static Dictionary<string, float[]> Train(LayerCase layer, float divisor)
    {
        using LibraryRun run = new(layer);
        Numbers numbers = KerasGolden.NumbersOf(layer, divisor);
        run.SetParameters(numbers);
        return run.Train(numbers);
    }

    private static double Sum(float[] values) => values.Sum(value => (double)value);
}
