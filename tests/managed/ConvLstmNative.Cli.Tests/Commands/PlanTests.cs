using System.Text.Json;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class PlanTests : CommandTests
{
    private string Spec(string json)
    {
        string path = Folder["layer.json"];
        File.WriteAllText(path, json);
        return path;
    }

    private string Large => Spec("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 64}""");

    [Test]
    public async Task Plan_OfADescription_SaysWhichExecutorAndWhy()
    {
        ToolResult fast = await Succeed($"info --plan --spec {Large} --shape 1,10,1,64,64 --threads 2");
        ToolResult exact = await Succeed($"info --plan --spec {Large} --shape 1,10,1,64,64 --policy exact");

        Assert.That(fast.Output, Does.Contain("2 threads, policy fast").And.Contain("winograd_fused, first of the list").And.Contain("F(4x4, 3x3)"));
        Assert.That(fast.Output, Does.Contain("6.13 G").And.Contain("direct_fused 6.13 G").And.Contain("work ").And.Contain("training keeps"));
        Assert.That(exact.Output, Does.Contain("direct_fused, first of the list").And.Contain("not winograd_fused: policy exact"));
    }

    [Test]
    public async Task Plan_OfAModel_ExplainsItsLayers()
    {
        ToolResult trained = await Succeed("info --plan --shape 1,10,1,64,64");
        ToolResult longer = await Succeed("info --plan --shape 1,10,1,64,64 --horizon 7");

        Assert.That(trained.Output, Does.Contain("encoder.0").And.Contain("forecaster.1").And.Contain("head"));
        Assert.That(longer.Output, Does.Contain("10 steps x 16x16").And.Contain("7 steps x 16x16"));
        Assert.That(trained.Output, Does.Not.Contain("7 steps"));
    }

    [Test]
    public async Task Plan_OfAStack_TellsLayersAndDirectionsApart()
    {
        string spec = Spec("""
            {"cell": "conv_gru", "input_channels": 2, "hidden_channels": 3, "rank": 1, "layers": 2, "direction": "bidirectional"}
            """);

        ToolResult result = await Succeed($"info --plan --spec {spec} --shape 4,1,2,30");

        Assert.That(result.Output, Does.Contain("layer 0").And.Contain("layer 1").And.Contain("reverse").And.Contain("4 x 1 step x 30"));
        Assert.That(result.Output, Does.Contain("not direct_fused: its cell is not ConvLSTM"));
    }

    [Test]
    public async Task Plan_AsJson_IsWhatTheLibraryTells()
    {
        ToolResult result = await Succeed($"info --plan --spec {Large} --shape 1,2,1,8,8 --executor generic --json");
        using JsonDocument json = JsonDocument.Parse(result.Output);

        JsonElement layer = json.RootElement.GetProperty("layers")[0];
        JsonElement cell = layer.GetProperty("plan").GetProperty("cells")[0];
        Assert.That(layer.GetProperty("name").GetString(), Is.EqualTo("layer"));
        Assert.That(cell.GetProperty("executor").GetString(), Is.EqualTo("generic"));
        Assert.That(cell.GetProperty("chosen_by").GetString(), Is.EqualTo("environment"));
    }

    [Test]
    public async Task Plan_WithATuningFile_TakesWhatWasMeasured()
    {
        string file = Folder["tuning.txt"];
        string command = $"info --plan --spec {Spec("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 16}""")} --shape 1,3,1,12,12 --tuning-file {file}";

        ToolResult without = await Succeed($"{command} --tuning use");
        ToolResult measured = await Succeed($"{command} --tuning measure");
        string kept = await File.ReadAllTextAsync(file);
        ToolResult used = await Succeed($"{command} --tuning use");

        Assert.That(without.Output, Does.Contain("first of the list"));
        Assert.That(measured.Output, Does.Contain("of the tuning file"));
        Assert.That(kept, Does.Contain("\tbatch=1 size=12x12\tconv_lstm input=1 hidden=16 "));
        Assert.That(used.Output, Is.EqualTo(measured.Output));
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo(kept));

        await File.WriteAllTextAsync(file, "hello");
        Assert.That(await Fail($"{command} --tuning use", ExitCode.Failure), Does.Contain("tuning.txt, line 1"));
    }

    [TestCase("info --plan --shape 1,1,1,8,8 --tuning use", "--tuning-file")]
    [TestCase("info --plan --shape 1,1,1,8,8 --tuning-file x", "--tuning")]
    [TestCase("info --tuning use", "--tuning")]
    [TestCase("info --device cuda", "--device")]
    [TestCase("info --plan --shape 1,1,1,8,8 --math bf16", "--math")]
    [TestCase("info --plan", "--shape")]
    [TestCase("info --shape 1,1,1,8,8", "--shape")]
    [TestCase("info --json", "--json")]
    [TestCase("info --plan --shape 1,1,8,8", "N,T,C,H,W")]
    [TestCase("info --plan --shape 1,0,1,8,8", "--shape")]
    [TestCase("info --plan --shape 1,1,1,8,x", "--shape")]
    [TestCase("info --plan --shape 1,1,1,8,8 --policy best", "--policy")]
    [TestCase("info --plan --shape 1,1,1,8,8 --spec a --model b", "--spec")]
    [TestCase("info --plan --shape 1,1,1,8,8 --spec a --horizon 3", "--horizon")]
    public async Task Plan_WrongOptions_AreRefused(string commandLine, string named) =>
        Assert.That(await Fail(commandLine, ExitCode.Usage), Does.Contain(named));

    [Test]
    public async Task Plan_WhatCannotBe_Fails()
    {
        Assert.That(await Fail($"info --plan --spec {Folder["none"]} --shape 1,1,1,8,8", ExitCode.Failure), Does.Contain("--spec"));
        Assert.That(await Fail($"info --plan --spec {Large} --shape 1,1,2,8,8", ExitCode.Failure), Does.Contain("channels"));
        Assert.That(await Fail($"info --plan --spec {Large} --shape 1,1,1,8,8 --executor quantum", ExitCode.Failure), Does.Contain("quantum"));
        Assert.That(await Fail($"info --plan --spec {Large} --shape 1,1,1,8,8 --device cuda:99", ExitCode.Failure), Does.Contain("device").Or.Contain("CUDA"));
    }
}
