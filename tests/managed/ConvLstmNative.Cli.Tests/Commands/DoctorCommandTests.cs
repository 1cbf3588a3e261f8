using System.Text.Json;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class DoctorCommandTests : CommandTests
{
    [Test]
    public async Task Doctor_Alone_TellsOfBothKindsOfDevice()
    {
        ToolResult result = await Succeed("doctor");

        Assert.That(result.Output, Does.Contain("--device cpu: ready").And.Contain("instruction sets: "));
        Assert.That(result.Output, Does.Contain("--device cuda: ").And.Contain(NativeRuntime.Version));
    }

    [Test]
    public async Task Doctor_Json_IsOneObject()
    {
        ToolResult result = await Succeed("doctor --json");

        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement devices = document.RootElement.GetProperty("devices");
        Assert.That(devices.EnumerateArray().Select(device => device.GetProperty("kind").GetString()), Is.EqualTo(new[] { "cpu", "cuda" }));
        Assert.That(devices[0].GetProperty("isUsable").GetBoolean(), Is.True);
        Assert.That(devices[1].GetProperty("findings").GetArrayLength(), Is.Positive);
        Assert.That(document.RootElement.GetProperty("nativeLibrary").GetProperty("version").GetString(), Is.EqualTo(NativeRuntime.Version));
    }

    [Test]
    public async Task Math_OnTheProcessor_IsRefused() =>
        Assert.That(await Fail($"train --data moving-shapes --model {Folder["m.safetensors"]} --math tf32", ExitCode.Usage), Does.Contain("--math").And.Contain("tf32"));
}
