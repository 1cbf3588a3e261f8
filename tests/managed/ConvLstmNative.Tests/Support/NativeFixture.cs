using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>A context for each test; after it nothing native may be alive.</summary>
public abstract class NativeFixture
{
    private protected Context Context { get; private set; } = null!;

    [SetUp]
    public void CreateContext() => Context = Context.Cpu(threadCount: 2);

    [TearDown]
    public void AssertNothingIsAlive()
    {
        Context.Dispose();
        Assert.That(DebugCounters.Total(), Is.EqualTo(new LiveCount(0, 0)), "live native objects and bytes after the test");
    }
}
