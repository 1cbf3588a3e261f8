using System.Text.Json;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class RadarTests : CommandTests
{
    [Test]
    public async Task TrainEvaluatePredict_RadarFromOneDayToAnother_GivesRadarFigures()
    {
        string training = Requires.SharedData("radar-fmi/20160928"), testing = Requires.SharedData("radar-fmi/20170509");
        string model = Folder["rain.safetensors"];
        await Succeed($"train --data frames --input {training} --values radar --downscale 8 --crop 32 {Tiny} --steps 2 --model {model}");

        ToolResult result = await Succeed($"evaluate --model {model} --data frames --input {testing} --count 4 --json {Folder["figures.json"]}");
        await Succeed($"predict --model {model} --data frames --input {testing} --output {Folder["out"]}");

        JsonElement root = Metrics.Check(Folder["figures.json"], sequences: 4);
        Assert.That(root.GetProperty("eventThresholdDbz").GetDouble(), Is.EqualTo(20).Within(1e-4));
        Assert.That(root.GetProperty("persistence").GetProperty("csi").GetDouble(), Is.InRange(0.01, 1));
        Assert.That(result.Output, Does.Contain("CSI").And.Contain("POD").And.Contain("FAR").And.Contain("20 dBZ"));
        Assert.That(File.Exists(Folder["out/contact-sheet.png"]), Is.True);
    }
}
