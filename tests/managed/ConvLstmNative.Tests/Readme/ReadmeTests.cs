using NUnit.Framework;

namespace ConvLstmNative.Tests.Readme;

public sealed class ReadmeTests : NativeFixture
{
    [Test]
    public void Layer_Run_GivesFiniteHiddenStatesOfTheShape()
    {
        (float[] hidden, SequenceShape shape) = ReadmeExample.RunLayer();

        Assert.That(shape, Is.EqualTo(new SequenceShape(1, 10, 10, 5, 5)));
        Assert.That(hidden, Has.Length.EqualTo(shape.ElementCount));
        Assert.That(hidden, Has.All.InRange(-1f, 1f).And.Some.Not.Zero);
    }

    [Test]
    public void Model_Run_PredictsFrames()
    {
        using TemporaryFolder folder = new();
        using Context context = Context.Cpu();
        using (SequenceModel made = new(context, new SequenceModelOptions { Layers = [new() { HiddenChannels = 2 }] }))
            made.Save(folder.File("digits.safetensors"));
        float[] frames = new float[10 * 64 * 64], predicted = new float[frames.Length];
        Array.Fill(frames, 0.5f);
        string before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.FullName;
        try
        {
            ReadmeExample.RunModel(context, frames, predicted);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        Assert.That(predicted, Has.Some.Not.Zero.And.None.NaN);
    }

    [Test]
    public void BothDirections_Run_GiveZerosWhereTheSequenceIsOver()
    {
        using Context context = Context.Cpu();
        (float[] outputs, SequenceShape shape) = ReadmeExample.RunBothDirections(context);

        Assert.That(shape, Is.EqualTo(new SequenceShape(2, 10, 32, 5, 5)));
        int over = 3 * 32 * 25;
        Assert.That(outputs[^over..], Has.All.Zero);
    }

    [Test]
    public void Gpu_Run_IsOne()
    {
        TestDevice.RequireCuda();
        Assert.That(ReadmeExample.RunOnGpu(), Is.EqualTo((DeviceKind.Cuda, ComputeMath.Bf16)));
    }

    [Test]
    public void Examples_InReadme_AreWhatRuns()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests/managed/ConvLstmNative.Tests/Readme/ReadmeExample.cs"));
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

        Assert.That(Blocks(readme, "```csharp", "```"), Is.EqualTo(Blocks(source, "// <readme>", "// </readme>")));
    }

    private static string[][] Blocks(string text, string start, string end)
    {
        List<string[]> blocks = [];
        for (int from = text.IndexOf(start, StringComparison.Ordinal); from >= 0; from = text.IndexOf(start, from, StringComparison.Ordinal))
        {
            from += start.Length;
            string block = text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
            blocks.Add([.. block.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)]);
        }

        return [.. blocks];
    }
}
