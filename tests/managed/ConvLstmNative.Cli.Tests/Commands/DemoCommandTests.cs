using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class DemoCommandTests : CommandTests
{
    [Test]
    public async Task Demo_Model_WritesSheetAnimationAndFigures()
    {
        string model = await TrainShapes();

        ToolResult result = await Succeed($"demo --model {model} --count 3 --output {Folder["demo"]}");

        Assert.That(Directory.GetFiles(Folder["demo"]).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            Is.EqualTo(new[] { "animation.webp", "contact-sheet.png", "metrics.json" }));
        Assert.That(result.Output, Does.Contain("3 sequences"));
        Metrics.Check(Folder["demo/metrics.json"], sequences: 3);
    }

    [Test]
    public async Task Demo_DefaultModel_BeatsRepeatingTheLastFrame()
    {
        Assert.That(ModelFile.DefaultPath, Does.Exist, "the model that comes with the tool");
        await Succeed($"demo --count 2 --output {Folder["demo"]}");

        System.Text.Json.JsonElement figures = Metrics.Check(Folder["demo/metrics.json"], sequences: 2);
        Assert.That(figures.GetProperty("mse").GetDouble(), Is.LessThan(figures.GetProperty("persistence").GetProperty("mse").GetDouble()));
    }
}
