using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class TrainCommandTests : CommandTests
{
    [Test]
    public async Task Train_Shapes_WritesTheModelAndNothingElse()
    {
        string model = Folder["sub/shapes.safetensors"];

        ToolResult result = await Succeed($"train --data moving-shapes --size 16 --model {model} {Tiny} --steps 3 --checkpoint-every 1");

        Assert.That(Folder.Everything(), Is.EqualTo(new[] { "sub", "sub/shapes.safetensors" }));
        Assert.That(result.Output, Does.Contain("step 1/3").And.Contain("step 3/3").And.Contain(model));
        using Context context = Context.Cpu(1);
        using SequenceModel loaded = SequenceModel.Load(context, model);
        Assert.That(loaded.Options.Layers.Select(layer => layer.HiddenChannels), Is.EqualTo(new[] { 4, 3 }));
        Assert.That(loaded.Metadata.Values, Has.None.Contain(Folder.Path));
    }

    [Test]
    public async Task Train_KernelsPeepholesLossResidual_ReachTheModel()
    {
        string first = Folder["a.safetensors"], second = Folder["b.safetensors"];
        await Succeed($"train --data moving-shapes --size 16 --model {first} {Tiny} --steps 1 --kernel 5 --recurrent-kernel 1 --peephole channel --residual");
        await Succeed($"train --data moving-shapes --size 16 --model {second} {Tiny} --steps 1 --loss bce");

        using Context context = Context.Cpu(1);
        using SequenceModel a = SequenceModel.Load(context, first);
        using SequenceModel b = SequenceModel.Load(context, second);
        Assert.That(a.Options.Layers.Select(layer => (layer.InputKernelSize, layer.RecurrentKernelSize, layer.Peephole)),
            Is.All.EqualTo((5, 1, Peephole.PerChannel)));
        Assert.That((a.Options.Residual, a.Options.Loss, a.Options.PatchSize), Is.EqualTo((true, Loss.MeanSquaredError, 2)));
        Assert.That((b.Options.Residual, b.Options.Loss), Is.EqualTo((false, Loss.BinaryCrossEntropy)));
    }

    [Test]
    public async Task Train_ManySteps_LowersTheLoss()
    {
        ToolResult result = await Succeed(
            $"train --data moving-shapes --size 16 --model {Folder["m.safetensors"]} {Tiny} --steps 60 --learning-rate 0.01 --warm-up 0");

        double[] losses =
        [
            .. result.Output.Split('\n').Where(line => line.StartsWith("step ", StringComparison.Ordinal))
                .Select(line => double.Parse(line.Split("loss ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)),
        ];
        Assert.That(losses[^1], Is.LessThan(0.7 * losses[0]));
    }

    [Test]
    public async Task TrainPredictEvaluate_DeviceThatIsNotThere_SayWhatIsMissing()
    {
        string train = $"train --data moving-shapes --size 16 --model {Folder["m.safetensors"]} {Tiny} --steps 1";
        foreach (string command in (string[])[train, $"predict --output {Folder["p"]}", "evaluate --count 1"])
        {
            Assert.That(await Fail($"{command} --device cuda:99", ExitCode.Failure), Does.Contain("device").Or.Contain("CUDA"), command);
            Assert.That(await Fail($"{command} --device gpu", ExitCode.Usage), Does.Contain("--device").And.Contain("cuda:N"), command);
        }
    }

    [Test]
    public async Task Train_Minutes_EndsByTheClock()
    {
        ToolResult result = await Succeed($"train --data moving-shapes --size 16 --model {Folder["m.safetensors"]} {Tiny} --minutes 0.005");

        Assert.That(result.Output, Does.Contain("steps in").And.Contain("written:"));
    }

    [Test]
    public async Task Train_MovingMnistFramesNpy_Work()
    {
        string idx = TestFrames.WriteIdx(Folder["digits.idx"], 12);
        string frames = TestFrames.WriteFolder(Folder["frames"], 9);
        string npy = TestFrames.WriteNpy(Folder["sequences.npy"], steps: 6, sequences: 5);

        await Succeed($"train --data moving-mnist --input {idx} --digits 0-7 --size 16 --model {Folder["a.safetensors"]} {Tiny} --steps 2");
        await Succeed($"train --data frames --input {frames} --crop 16x20 --downscale 1 --min-rain 0.1 --model {Folder["b.safetensors"]} {Tiny} --steps 2");
        await Succeed($"train --data npy --input {npy} --sequences 1-3 --model {Folder["c.safetensors"]} {Tiny} --steps 2");

        Assert.That(Folder.Everything().Where(file => file.Contains("safetensors", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "a.safetensors", "b.safetensors", "c.safetensors" }));
    }

    [Test]
    public async Task Train_UnfitData_NamesTheOption()
    {
        string frames = TestFrames.WriteFolder(Folder["frames"], 4);
        string npy = TestFrames.WriteNpy(Folder["sequences.npy"], steps: 4, sequences: 2);
        File.WriteAllText(Folder["junk.npy"], "not an npy file");
        string train = $"train --model {Folder["m.safetensors"]} {Tiny} --steps 1";
        string shorter = train.Replace("--horizon 2", "--horizon 1", StringComparison.Ordinal);

        Assert.That(await Fail($"{train} --data moving-shapes --size 17", ExitCode.Usage), Does.Contain("--size"));
        Assert.That(await Fail($"{train} --data frames --input {frames} --crop 8", ExitCode.Failure), Does.Contain("--input").And.Contain("5"));
        Assert.That(await Fail($"{shorter} --data frames --input {frames} --crop 400", ExitCode.Usage), Does.Contain("--crop"));
        Assert.That(await Fail($"{shorter} --data frames --input {frames} --values radar --downscale 9 --crop 8", ExitCode.Usage), Does.Contain("--crop"));
        Assert.That(await Fail($"{train} --data npy --input {npy}", ExitCode.Failure), Does.Contain("--input"));
        Assert.That(await Fail($"{train} --data npy --input {Folder["junk.npy"]}", ExitCode.Failure), Does.Contain("junk.npy"));
        Assert.That(await Fail($"{train} --data moving-mnist --input {Folder["junk.npy"]}", ExitCode.Failure), Does.Contain("junk.npy"));
        Assert.That(Folder.Everything().Where(file => file.Contains("safetensors", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Train_ModelIsAFolder_IsRefusedBeforeTheWork()
    {
        Directory.CreateDirectory(Folder["taken"]);

        string error = await Fail($"train --data moving-shapes --size 16 --model {Folder["taken"]} {Tiny}", ExitCode.Usage);

        Assert.That(error, Does.Contain("--model"));
    }
}
