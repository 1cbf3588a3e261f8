using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

/// <summary>What the tests of commands share: a folder, the native library, and a model small enough to train in a moment.</summary>
public abstract class CommandTests : IDisposable
{
    private TemporaryFolder? _folder;

    /// <summary>A model of few parameters, three frames in and two out.</summary>
    protected const string Tiny = "--hidden 4,3 --patch 2 --input-steps 3 --horizon 2 --batch 2 --threads 1";

    internal TemporaryFolder Folder => _folder!;

    [SetUp]
    public void PrepareFolder()
    {
        Requires.NativeLibrary();
        _folder = new TemporaryFolder();
    }

    [TearDown]
    public void AssertNothingIsAlive()
    {
        if (NativeRuntime.IsAvailable)
            Assert.That(DebugCounters.Total(), Is.EqualTo(new LiveCount(0, 0)), "live native objects and bytes after the test");
    }

    [TearDown]
    public void Dispose()
    {
        _folder?.Dispose();
        _folder = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a command that must succeed.</summary>
    internal static async Task<ToolResult> Succeed(string commandLine)
    {
        ToolResult result = await TestTool.RunAsync(commandLine);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Success), $"{commandLine}: {result.Error}");
        Assert.That(result.Error, Is.Empty);
        return result;
    }

    /// <summary>Runs a command that must fail with one line.</summary>
    internal static async Task<string> Fail(string commandLine, int exitCode)
    {
        ToolResult result = await TestTool.RunAsync(commandLine);
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1), result.Error);
        Assert.That(result.Error, Does.Not.Contain("   at ").And.Not.Contain("Exception").And.Not.Contain("(Parameter"));
        return result.Error;
    }

    /// <summary>Trains a tiny model on moving shapes.</summary>
    internal async Task<string> TrainShapes(string name = "shapes.safetensors", int steps = 2)
    {
        string model = Folder[name];
        await Succeed($"train --data moving-shapes --size 32 --model {model} {Tiny} --steps {steps}");
        return model;
    }
}
