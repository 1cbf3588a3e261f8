using NUnit.Framework;

namespace ConvLstmNative.Tests.Readme;

public sealed class ReadmeTests : NativeFixture
{
    [Test]
    public void Example_Run_GivesFiniteHiddenStatesOfTheShape()
    {
        (float[] hidden, SequenceShape shape) = ReadmeExample.Run();

        Assert.That(shape, Is.EqualTo(new SequenceShape(1, 10, 10, 5, 5)));
        Assert.That(hidden, Has.Length.EqualTo(shape.ElementCount));
        Assert.That(hidden, Has.All.InRange(-1f, 1f).And.Some.Not.Zero);
    }

    [Test]
    public void Example_InReadme_IsWhatRuns()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests/managed/ConvLstmNative.Tests/Readme/ReadmeExample.cs"));
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

        string example = Between(source, "// <readme>", "// </readme>");
        Assert.That(Lines(Between(readme, "```csharp", "```")), Is.EqualTo(Lines(example)));
    }

    private static string Between(string text, string start, string end)
    {
        int from = text.IndexOf(start, StringComparison.Ordinal);
        Assert.That(from, Is.GreaterThanOrEqualTo(0), $"{start} is missing");
        from += start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string[] Lines(string text) =>
        [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
}
