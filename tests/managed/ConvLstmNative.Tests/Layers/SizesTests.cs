using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class SizesTests
{
    [Test]
    public void ToArray_OneNumber_StandsForEveryRank()
    {
        Sizes sizes = 3;
        Assert.That(sizes.ToArray(1), Is.EqualTo(new[] { 3 }));
        Assert.That(sizes.ToArray(2), Is.EqualTo(new[] { 3, 3 }));
        Assert.That(sizes.ToArray(3), Is.EqualTo(new[] { 3, 3, 3 }));
        Assert.That(sizes.ToString(), Is.EqualTo("3"));
        Assert.That(sizes, Is.EqualTo(Sizes.FromInt32(3)));
    }

    [Test]
    public void ToArray_NumbersOfARank_FitItAlone()
    {
        Assert.That(new Sizes(1, 2).ToArray(2), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(new Sizes(1, 2, 3).ToArray(3), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(new Sizes(1, 2, 3).ToString(), Is.EqualTo("1x2x3"));
        Assert.That(() => new Sizes(1, 2).ToArray(3), Throws.ArgumentException.With.Message.Contains("1x2"));
        Assert.That(() => new Sizes(1, 2, 3).ToArray(2), Throws.ArgumentException);
        Assert.That(() => new Sizes(1, 2).ToArray(4), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void SequenceShape_WithDepth_CountsIt()
    {
        SequenceShape shape = new(2, 3, 4, 5, 6);
        Assert.That(shape.ElementCount, Is.EqualTo(720));
        Assert.That(shape.Dimensions(), Is.EqualTo(new long[] { 2, 3, 4, 5, 6 }));
        Assert.That((shape with { Depth = 7 }).ElementCount, Is.EqualTo(5040));
        Assert.That((shape with { Depth = 7 }).Dimensions(), Is.EqualTo(new long[] { 2, 3, 4, 7, 5, 6 }));
        Assert.That((shape with { Depth = 7 }).ToString(), Is.EqualTo("(2, 3, 4, 7, 5, 6)"));
    }
}
