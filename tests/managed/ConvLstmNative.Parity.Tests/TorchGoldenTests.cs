using NUnit.Framework;

namespace ConvLstmNative.Parity.Tests;

/// <summary>The composition in libtorch's functions gives the numbers of Keras' own unit tests.</summary>
public sealed class TorchGoldenTests : TorchFixture
{
    [Test]
    public void Run_KerasCell_GivesItsSums()
    {
        Outcome outcome = TorchRun.Run(KerasGolden.Cell, KerasGolden.NumbersOf(KerasGolden.Cell, 10));
        Assert.That(outcome["state.0"].Sum(), Is.EqualTo(188.89502).Within(1e-4));
        Assert.That(outcome["state.1"].Sum(), Is.EqualTo(2170.444).Within(2e-3));
    }

    [Test]
    public void Run_KerasLayer_GivesItsSum()
    {
        Outcome outcome = TorchRun.Run(KerasGolden.Layer, KerasGolden.NumbersOf(KerasGolden.Layer, 100));
        Assert.That(outcome["y"].Sum(), Is.EqualTo(119.812454).Within(1e-4));
    }
}
