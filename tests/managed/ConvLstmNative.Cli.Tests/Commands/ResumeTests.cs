using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class ResumeTests : CommandTests
{
    private const string Shapes = "--data moving-shapes --size 16 --steps 8";

    [Test]
    public async Task Resume_AfterInterrupt_EndsAtTheSameNumbers()
    {
        string whole = Folder["whole.safetensors"], halves = Folder["halves.safetensors"];
        await Succeed($"train {Shapes} --model {whole} {Tiny}");
        ToolResult first = await TestTool.RunUntilAsync($"train {Shapes} --model {halves} {Tiny}", "step 4/8");

        Assert.That(first.ExitCode, Is.EqualTo(ExitCode.Interrupted), first.Error);
        Assert.That(first.Output, Does.Contain("interrupted after step 4").And.Contain("convlstm train --resume --model " + halves));
        Assert.That(first.Output, Does.Not.Contain("step 5/8"));
        Assert.That(Folder.Everything(), Is.EqualTo(new[] { "halves.checkpoint.safetensors", "whole.safetensors" }));

        ToolResult second = await Succeed($"train --resume --model {halves} --threads 1");
        Assert.That(second.Output, Does.Contain("step 5/8").And.Not.Contain("step 4/8"));
        Assert.That(Folder.Everything(), Is.EqualTo(new[] { "halves.safetensors", "whole.safetensors" }));
        Assert.That(ModelBytes.Read(halves), Is.EqualTo(ModelBytes.Read(whole)));
    }

    [Test]
    public async Task Resume_ShuffledFiles_EndsAtTheSameNumbers()
    {
        string npy = TestFrames.WriteNpy(Folder["sequences.npy"], steps: 5, sequences: 7);
        string frames = TestFrames.WriteFolder(Folder["frames"], 9);
        foreach (string data in (string[])[$"--data npy --input {npy}", $"--data frames --input {frames} --crop 12 --min-rain 0.2"])
        {
            string whole = Folder["whole.safetensors"], halves = Folder["halves.safetensors"];
            await Succeed($"train {data} --steps 10 --model {whole} {Tiny} --peephole channel --seed 3");
            await TestTool.RunUntilAsync($"train {data} --steps 10 --model {halves} {Tiny} --peephole channel --seed 3", "step 7/10");
            await Succeed($"train --resume --model {halves} --threads 1");

            Assert.That(ModelBytes.Read(halves), Is.EqualTo(ModelBytes.Read(whole)), data);
        }
    }

    [Test]
    public async Task Resume_MoreSteps_GoesOnFromAKeptCheckpoint()
    {
        string model = Folder["m.safetensors"];
        await Succeed($"train {Shapes} --model {model} {Tiny} --keep-checkpoint");
        Assert.That(File.Exists(Folder["m.checkpoint.safetensors"]), Is.True);

        ToolResult result = await Succeed($"train --resume --model {model} --steps 12 --threads 1");

        Assert.That(result.Output, Does.Contain("going on after step 8").And.Contain("step 12/12"));
        Assert.That(Folder.Everything(), Is.EqualTo(new[] { "m.safetensors" }));
    }

    [Test]
    public async Task Checkpoint_IsAModelToo()
    {
        await TestTool.RunUntilAsync($"train {Shapes} --model {Folder["m.safetensors"]} {Tiny}", "step 3/8");

        await Succeed($"evaluate --model {Folder["m.checkpoint.safetensors"]} --count 1");
        ToolResult info = await Succeed($"info --model {Folder["m.checkpoint.safetensors"]}");
        Assert.That(info.Output, Does.Contain("checkpoint of an unfinished run").And.Contain("3 frames in, 2 out"));
    }

    [Test]
    public async Task Resume_Contradiction_IsRefusedAndKeepsTheCheckpoint()
    {
        string model = Folder["m.safetensors"];
        await TestTool.RunUntilAsync($"train {Shapes} --model {model} {Tiny}", "step 2/8");

        Assert.That(await Fail($"train --resume --model {model} --hidden 5", ExitCode.Usage), Does.Contain("--hidden").And.Contain("4,3"));
        Assert.That(await Fail($"train --resume --model {model} --size 32", ExitCode.Usage), Does.Contain("--size"));
        Assert.That(await Fail($"train --resume --model {model} --data frames --input {Folder.Path}", ExitCode.Usage), Does.Contain("--"));
        Assert.That(await Fail($"train --resume --model {model} --steps 1", ExitCode.Usage), Does.Contain("--steps"));
        Assert.That(Folder.Everything(), Is.EqualTo(new[] { "m.checkpoint.safetensors" }));
    }

    [Test]
    public async Task Train_CheckpointInTheWay_IsRefusedUnlessRestarted()
    {
        string model = Folder["m.safetensors"];
        await TestTool.RunUntilAsync($"train {Shapes} --model {model} {Tiny}", "step 2/8");

        Assert.That(await Fail($"train {Shapes} --model {model} {Tiny}", ExitCode.Usage), Does.Contain("--resume").And.Contain("--restart"));
        await Succeed($"train {Shapes} --model {model} {Tiny} --restart");
        Assert.That(Folder.Everything(), Is.EqualTo(new[] { "m.safetensors" }));
    }

    [Test]
    public async Task Resume_NoOrForeignCheckpoint_Fails()
    {
        string model = await TrainShapes("m.safetensors");
        Assert.That(await Fail($"train --resume --model {model}", ExitCode.Failure), Does.Contain("--resume"));

        File.Copy(model, Folder["m.checkpoint.safetensors"]);
        await Fail($"train --resume --model {model}", ExitCode.Failure);

        File.WriteAllText(Folder["m.checkpoint.safetensors"], "junk");
        await Fail($"train --resume --model {model}", ExitCode.Failure);
    }
}
