using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class TextValueTests
{
    [TestCase("64", 64, 64)]
    [TestCase("64x96", 64, 96)]
    [TestCase("whole", 0, 0)]
    public void ExtentTryParse_Valid_ReadsHeightAndWidth(string text, int height, int width)
    {
        Assert.That(Extent.TryParse(text, out Extent extent), Is.True);
        Assert.That(extent, Is.EqualTo(new Extent(height, width)));
        Assert.That(Extent.TryParse(extent.ToString(), out Extent again) && again == extent, Is.True);
    }

    [TestCase("")]
    [TestCase("0")]
    [TestCase("64x")]
    [TestCase("x64")]
    [TestCase("64x64x64")]
    [TestCase("-64")]
    [TestCase("99999999999")]
    public void ExtentTryParse_Invalid_IsRefused(string text) => Assert.That(Extent.TryParse(text, out _), Is.False);

    [Test]
    public void IndexRangeTryParse_Valid_IncludesBothEnds()
    {
        Assert.That(IndexRange.TryParse("8000-9999", out IndexRange range), Is.True);
        Assert.That((range.First, range.Last, range.Count), Is.EqualTo((8000, 9999, 2000)));
        Assert.That(range.ToString(), Is.EqualTo("8000-9999"));
    }

    [TestCase("")]
    [TestCase("5")]
    [TestCase("9-3")]
    [TestCase("-3-9")]
    [TestCase("0-2147483647")]
    [TestCase("a-b")]
    public void IndexRangeTryParse_Invalid_IsRefused(string text) => Assert.That(IndexRange.TryParse(text, out _), Is.False);
}
