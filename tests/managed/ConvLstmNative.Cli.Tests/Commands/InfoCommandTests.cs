using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class InfoCommandTests : CommandTests
{
    [Test]
    public async Task Info_Alone_NamesTheNativeLibraryAndItsThreads()
    {
        ToolResult result = await Succeed("info --threads 2");

        Assert.That(result.Output, Does.Contain("instruction set").And.Contain(NativeRuntime.Version));
        Assert.That(result.Output, Does.Match(@"threads\s+2"));
    }

    [Test]
    public async Task Info_Model_TellsArchitectureAndTraining()
    {
        string model = await TrainShapes(steps: 3);

        ToolResult result = await Succeed($"info --model {model}");

        Assert.That(result.Output, Does.Contain("ConvLSTM 4-3").And.Contain("moving-shapes").And.Contain("3 frames in, 2 out").And.Contain("3 steps"));
    }

    [Test]
    public async Task Info_NoModelFile_Fails()
    {
        File.WriteAllText(Folder["text.safetensors"], "text");

        await Fail($"info --model {Folder["none"]}", ExitCode.Failure);
        await Fail($"info --model {Folder["text.safetensors"]}", ExitCode.Failure);
    }
}
