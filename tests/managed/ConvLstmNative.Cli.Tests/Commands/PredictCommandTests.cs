using ConvLstmNative.Data;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class PredictCommandTests : CommandTests
{
    [Test]
    public async Task Predict_Shapes_WritesEveryFileAndATable()
    {
        string model = await TrainShapes();

        ToolResult result = await Succeed($"predict --model {model} --index 5 --output {Folder["out"]} --threads 1");

        Assert.That(Directory.GetFiles(Folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal), Is.EqualTo(new[]
        {
            "animation.webp", "contact-sheet.png", "input-01.png", "input-02.png", "input-03.png", "metrics.json",
            "prediction-01.png", "prediction-02.png", "prediction.npy", "truth-01.png", "truth-02.png",
        }));
        Assert.That(Folder.Everything(), Has.None.Contain(".tmp"));
        Assert.That(result.Output, Does.Contain("MSE").And.Contain("SSIM").And.Contain("last frame repeated").And.Contain("1 sequence"));
        Assert.That(result.Output, Does.Not.Contain("CSI"));
        using NpyFile prediction = NpyFile.Open(Folder["out/prediction.npy"]);
        Assert.That(prediction.Shape, Is.EqualTo(new long[] { 2, 1, 32, 32 }));
        Metrics.Check(Folder["out/metrics.json"], sequences: 1);
    }

    [Test]
    public async Task Predict_LongerHorizon_ThenShorter_LeavesNoStaleFrames()
    {
        string model = await TrainShapes();
        await Succeed($"predict --model {model} --horizon 4 --output {Folder["out"]}");
        Assert.That(File.Exists(Folder["out/prediction-04.png"]), Is.True);

        await Succeed($"predict --model {model} --output {Folder["out"]}");

        Assert.That(File.Exists(Folder["out/prediction-02.png"]), Is.True);
        Assert.That(File.Exists(Folder["out/prediction-03.png"]), Is.False);
    }

    [Test]
    public async Task Predict_OnlyInputFrames_PredictsWithoutTruth()
    {
        string model = await TrainShapes();
        string frames = TestFrames.WriteFolder(Folder["frames"], 3);

        ToolResult result = await Succeed($"predict --model {model} --data frames --input {frames} --output {Folder["out"]}");

        Assert.That(result.Output, Does.Contain("not known").And.Not.Contain("MSE"));
        string[] files = [.. Directory.GetFiles(Folder["out"]).Select(file => Path.GetFileName(file))];
        Assert.That(files, Has.None.StartsWith("truth").And.None.EqualTo("metrics.json"));
        Assert.That(files, Has.Some.EqualTo("prediction-02.png").And.Some.EqualTo("contact-sheet.png").And.Some.EqualTo("animation.webp"));
        using NpyFile prediction = NpyFile.Open(Folder["out/prediction.npy"]);
        Assert.That(prediction.Shape, Is.EqualTo(new long[] { 2, 1, 24, 32 }));
    }

    [Test]
    public async Task Predict_Latest_LooksBeyondTheLastFrames()
    {
        string model = await TrainShapes();
        string all = TestFrames.WriteFolder(Folder["all"], 7);
        string last = Folder["last"];
        Directory.CreateDirectory(last);
        foreach (string file in Directory.GetFiles(all).Order(StringComparer.Ordinal).Skip(4))
            File.Copy(file, Path.Combine(last, Path.GetFileName(file)));

        await Succeed($"predict --model {model} --data frames --input {all} --latest --output {Folder["a"]}");
        await Succeed($"predict --model {model} --data frames --input {last} --output {Folder["b"]}");

        Assert.That(File.ReadAllBytes(Folder["a/prediction.npy"]), Is.EqualTo(File.ReadAllBytes(Folder["b/prediction.npy"])));
    }

    [Test]
    public async Task Predict_Impossible_SaysWhyAndWritesNothing()
    {
        string model = await TrainShapes();
        string frames = TestFrames.WriteFolder(Folder["frames"], 4);
        File.WriteAllText(Folder["junk.safetensors"], "junk");
        File.WriteAllText(Folder["file"], "a file");
        string[] before = Folder.Everything();
        string output = $"--output {Folder["out"]}";

        Assert.That(await Fail($"predict --model {model} --data frames --input {frames} {output}", ExitCode.Failure), Does.Contain("3").And.Contain("5").And.Contain("4"));
        Assert.That(await Fail($"predict --model {model} --latest {output}", ExitCode.Usage), Does.Contain("--latest"));
        Assert.That(await Fail($"predict --model {model} --input-steps 4 {output}", ExitCode.Usage), Does.Contain("--input-steps"));
        Assert.That(await Fail($"predict --model {model} --data frames --input {frames} --horizon 1 --crop 8 --index 99999 {output}", ExitCode.Usage), Does.Contain("--index"));
        Assert.That(await Fail($"predict --model {Folder["none.safetensors"]} {output}", ExitCode.Failure), Does.Contain("none.safetensors"));
        Assert.That(await Fail($"predict --model {Folder["junk.safetensors"]} {output}", ExitCode.Failure), Does.Contain("junk.safetensors"));
        Assert.That(await Fail($"predict --model {model} --output {Folder["file"]}", ExitCode.Usage), Does.Contain("--output"));
        Assert.That(Folder.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task Predict_Interrupted_WritesNothing()
    {
        string model = await TrainShapes();
        string[] before = Folder.Everything();

        ToolResult result = await TestTool.RunAsync($"predict --model {model} --output {Folder["out"]}", new CancellationToken(canceled: true));

        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(Folder.Everything(), Is.EqualTo(before));
    }
}
