using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>A context on the device of the tests for each of them; after it nothing native may be alive.</summary>
public abstract class NativeFixture
{
    private protected Context Context { get; private set; } = null!;

    [SetUp]
    public void CreateContext() => Context = TestDevice.CreateContext();

    [TearDown]
    public void AssertNothingIsAlive()
    {
        Context.Dispose();
        Assert.That(DebugCounters.Total(), Is.EqualTo(new LiveCount(0, 0)), "live native objects and bytes after the test");
    }
}
