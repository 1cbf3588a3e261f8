using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class UsageTests
{
    [TestCase("", "command")]
    [TestCase("bogus", "command")]
    [TestCase("train", "--model")]
    [TestCase("train --model", "--model")]
    [TestCase("train --model m.safetensors", "--data")]
    [TestCase("train --model m.safetensors --data stars", "--data")]
    [TestCase("train --model m.safetensors --data moving-shapes --steps none", "--steps")]
    [TestCase("train --model m.safetensors --data moving-shapes --steps 0", "--steps")]
    [TestCase("train --model m.safetensors --data moving-shapes --steps 3 --steps 4", "--steps")]
    [TestCase("train --model m.safetensors --data moving-shapes --steps 3 --minutes 1", "--minutes")]
    [TestCase("train --model m.safetensors --data moving-shapes --minutes 0", "--minutes")]
    [TestCase("train --model m.safetensors --data moving-shapes --minutes nan", "--minutes")]
    [TestCase("train --model m.safetensors --data moving-shapes --hidden 64,,64", "--hidden")]
    [TestCase("train --model m.safetensors --data moving-shapes --hidden 0", "--hidden")]
    [TestCase("train --model m.safetensors --data moving-shapes --kernel 4", "--kernel")]
    [TestCase("train --model m.safetensors --data moving-shapes --learning-rate -1", "--learning-rate")]
    [TestCase("train --model m.safetensors --data moving-shapes --loss mae", "--loss")]
    [TestCase("train --model m.safetensors --data moving-shapes --loss bce --residual", "--residual")]
    [TestCase("train --model m.safetensors --data moving-shapes --crop 64", "--crop")]
    [TestCase("train --model m.safetensors --data moving-shapes --input x", "--input")]
    [TestCase("train --model m.safetensors --data moving-mnist", "--input")]
    [TestCase("train --model m.safetensors --data moving-mnist --digits 9-3", "--digits")]
    [TestCase("train --model m.safetensors --data frames --crop 3x", "--crop")]
    [TestCase("train --model m.safetensors --data moving-shapes --resume --restart", "--resume")]
    [TestCase("train --model m.safetensors --data moving-shapes --extra", "--extra")]
    [TestCase("predict --index -1", "--index")]
    [TestCase("evaluate --count 0", "--count")]
    [TestCase("evaluate --values grey", "--values")]
    [TestCase("info --threads many", "--threads")]
    public async Task RunAsync_WrongCommandLine_OneLineNamesTheOption(string commandLine, string named)
    {
        ToolResult result = await TestTool.RunAsync(commandLine);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(result.Error, Does.StartWith("convlstm: ").And.Contain(named));
        Assert.That(result.Output, Is.Empty);
    }

    [TestCase("train --model m.safetensors --data frames --input /nowhere/at/all", "/nowhere/at/all")]
    [TestCase("train --model m.safetensors --data npy --input /nowhere.npy", "/nowhere.npy")]
    public async Task RunAsync_MissingInput_FailsWithOneLine(string commandLine, string named)
    {
        ToolResult result = await TestTool.RunAsync(commandLine);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Failure));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(result.Error, Does.Contain("--input").And.Contain(named));
    }

    [TestCase("--help", "train")]
    [TestCase("train --help", "--resume")]
    [TestCase("predict --help", "--latest")]
    public async Task RunAsync_Help_ExplainsAndSucceeds(string commandLine, string explained)
    {
        ToolResult result = await TestTool.RunAsync(commandLine);

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Success));
        Assert.That(result.Output, Does.Contain(explained));
        Assert.That(result.Error, Is.Empty);
    }
}
