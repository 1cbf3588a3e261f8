using System.Text.Json;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class EvaluateCommandTests : CommandTests
{
    [Test]
    public async Task Evaluate_Shapes_WritesFiguresForEveryLeadTime()
    {
        string model = await TrainShapes();

        ToolResult result = await Succeed($"evaluate --model {model} --count 3 --lead-times --json {Folder["figures.json"]}");

        JsonElement root = Metrics.Check(Folder["figures.json"], sequences: 3);
        JsonElement[] rows = [.. root.GetProperty("leadTimes").EnumerateArray()];
        Assert.That(rows.Select(row => row.GetProperty("leadTime").GetInt32()), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(rows.Average(row => row.GetProperty("mse").GetDouble()), Is.EqualTo(root.GetProperty("mse").GetDouble()).Within(1e-9));
        Assert.That(result.Output, Does.Contain("3 sequences").And.Contain("+1").And.Contain("+2"));
    }

    [Test]
    public async Task Evaluate_Again_GivesTheSameFigures()
    {
        string model = await TrainShapes();
        await Succeed($"evaluate --model {model} --count 2 --json {Folder["a.json"]}");
        await Succeed($"evaluate --model {model} --count 2 --json {Folder["b.json"]}");

        Assert.That(File.ReadAllText(Folder["a.json"]), Is.EqualTo(File.ReadAllText(Folder["b.json"])));
    }

    [Test]
    public async Task Evaluate_FilesOfASmallSet_TakesAllThereAre()
    {
        string npy = TestFrames.WriteNpy(Folder["sequences.npy"], steps: 6, sequences: 5);
        string model = await TrainShapes();

        ToolResult result = await Succeed($"evaluate --model {model} --data npy --input {npy} --sequences 1-4");

        Assert.That(result.Output, Does.Contain("4 sequences"));
    }

    [Test]
    public async Task Evaluate_ScaleOfAnotherKind_IsRefused()
    {
        string model = await TrainShapes();
        string frames = TestFrames.WriteFolder(Folder["frames"], 6);

        string error = await Fail($"evaluate --model {model} --data frames --input {frames} --values radar", ExitCode.Usage);

        Assert.That(error, Does.Contain("--values").And.Contain("unit").And.Contain("radar"));
    }

    [Test]
    public async Task Evaluate_JsonInAFolderThatIsAFile_Fails()
    {
        string model = await TrainShapes();

        string error = await Fail($"evaluate --model {model} --json {model}/figures.json", ExitCode.Failure);

        Assert.That(error, Does.Contain("--json"));
    }
}
