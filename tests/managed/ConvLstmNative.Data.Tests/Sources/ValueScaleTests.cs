namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class ValueScaleTests
{
    [TestCase(0, 0f)]
    [TestCase(64, 0f)]
    [TestCase(65, 0.5f / 60)]
    [TestCase(124, 0.5f)]
    [TestCase(184, 1f)]
    [TestCase(254, 1f)]
    [TestCase(255, 0f)]
    public void ToUnit_Radar_IsLinearFromZeroToSixtyAndZeroWithoutData(int sample, float expected) =>
        Assert.That(ValueScale.RadarReflectivity.ToUnit(sample), Is.EqualTo(expected).Within(1e-7));

    [TestCase(0, 255, 0f)]
    [TestCase(51, 255, 0.2f)]
    [TestCase(255, 255, 1f)]
    [TestCase(4095, 4095, 1f)]
    public void ToUnit_UnitInterval_DividesByTheMaximum(int sample, int maximum, float expected) =>
        Assert.That(ValueScale.UnitInterval.ToUnit(sample, maximum), Is.EqualTo(expected).Within(1e-7));

    [Test]
    public void FromUnit_Always_InvertsToUnit([Values] ValueScale scale, [Values(0f, 0.25f, 1f)] float value) =>
        Assert.That(scale.UnitOf(scale.FromUnit(value)), Is.EqualTo(value).Within(1e-7));

    [Test]
    public void FromUnit_Radar_IsReflectivity() =>
        Assert.That(ValueScale.RadarReflectivity.FromUnit(ValueScale.RadarReflectivity.ToUnit(134)), Is.EqualTo(0.5 * 134 - 32).Within(1e-5));
}
