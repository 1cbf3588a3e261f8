using System.Globalization;
using ConvLstmNative.Data;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class LayerCommandTests : CommandTests
{
    private const string Plain = """{"cell": "conv_lstm", "input_channels": 2, "hidden_channels": 3, "mask": "repeat"}""";

    [Test]
    public async Task Layer_ForwardAndBackward_EqualTheLibrary()
    {
        string spec = Spec(Plain);
        string x = LayerFiles.WriteRandom(Folder["x.npy"], 1, 2, 4, 2, 5, 6);
        string dy = LayerFiles.WriteRandom(Folder["dy.npy"], 2, 2, 4, 3, 5, 6);
        await Succeed($"layer --spec {spec} --initialize 7 --input {x} --gradient {dy} {Outputs()} --weights-out {Folder["w.safetensors"]} --threads 1");

        using Context context = Context.Cpu(1);
        using RecurrentLayer layer = RecurrentLayer.Load(context, Folder["w.safetensors"]);
        SequenceShape shape = new(2, 4, 2, 5, 6);
        using Tensor input = Tensor.FromSpan(context, LayerFiles.ReadNpy(x).Values, shape.Dimensions());
        using Tensor y = Tensor.Create(context, layer.OutputShape(shape).Dimensions());
        using Tensor gradient = Tensor.FromSpan(context, LayerFiles.ReadNpy(dy).Values, layer.OutputShape(shape).Dimensions());
        using Tensor dx = Tensor.Create(context, shape.Dimensions());
        using RecurrentState state = layer.CreateState(shape);
        using RecurrentState dstate = layer.CreateState(shape);
        using TrainingTape tape = layer.CreateTape(shape);
        layer.ForwardTraining(input, shape, state, tape, y);
        layer.Backward(input, shape, tape, gradient, dstate, dx);
        Assert.That(LayerFiles.ReadNpy(Folder["y.npy"]).Values, Is.EqualTo(y.ToArray()));
        Assert.That(LayerFiles.ReadNpy(Folder["y.npy"]).Shape, Is.EqualTo(new long[] { 2, 4, 3, 5, 6 }));
        Assert.That(LayerFiles.ReadNpy(Folder["dx.npy"]).Values, Is.EqualTo(dx.ToArray()));
        float[] expected = new float[state.PartElementCount];
        state.GetCell(expected);
        Assert.That(LayerFiles.ReadTensors(Folder["s.safetensors"])["c"], Is.EqualTo(expected));
        dstate.GetHidden(expected);
        Assert.That(LayerFiles.ReadTensors(Folder["ds.safetensors"])["h"], Is.EqualTo(expected));
        float[] bias = new float[12];
        layer.GetGradient("bias", bias);
        Assert.That(LayerFiles.ReadTensors(Folder["dw.safetensors"])["bias"], Is.EqualTo(bias));
    }

    [Test]
    public async Task Layer_KerasGolden_GivesTheGoldenSum()
    {
        // Keras' own unit test of a layer of three steps (recomputed in plain loops): the sum over the last h.
        string spec = Spec("""{"cell": "conv_lstm", "input_channels": 3, "hidden_channels": 4, "layout": "nthwc"}""");
        NpyFile.Write(Folder["x.npy"], [.. Enumerable.Range(0, 450).Select(value => value / 100f)], [2, 3, 5, 5, 3]);
        float[] state = [.. Enumerable.Range(0, 200).Select(value => value / 100f)];
        float[] channelsFirst = new float[200];
        for (int index = 0; index < 200; index++)
            channelsFirst[(index / 100 * 100) + (index % 4 * 25) + (index / 4 % 25)] = state[index];
        LayerFiles.WriteTensors(Folder["s.safetensors"], ("h", [2, 4, 5, 5], channelsFirst), ("c", [2, 4, 5, 5], channelsFirst));
        LayerFiles.WriteTensors(
            Folder["w.safetensors"],
            ("input_kernel", [16, 3, 3, 3], [.. Enumerable.Repeat(0.01f, 432)]),
            ("recurrent_kernel", [16, 4, 3, 3], [.. Enumerable.Repeat(0.02f, 576)]),
            ("bias", [16], [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
        await Succeed(
            $"layer --spec {spec} --weights {Folder["w.safetensors"]} --input {Folder["x.npy"]} --state-in {Folder["s.safetensors"]} "
            + $"--state-out {Folder["o.safetensors"]}");
        Assert.That(LayerFiles.ReadTensors(Folder["o.safetensors"])["h"].Sum(), Is.EqualTo(119.812454).Within(1e-3));
    }

    [Test]
    public async Task Layer_MaskOfAnyType_EqualsLengths()
    {
        string spec = Spec(Plain);
        string common = $"layer --spec {spec} --initialize 7 --input {LayerFiles.WriteRandom(Folder["x.npy"], 1, 2, 3, 2, 5, 6)} --output {Folder["y.npy"]}";
        await Succeed($"{common} --lengths 2,3");
        float[] expected = LayerFiles.ReadNpy(Folder["y.npy"]).Values;
        await Succeed(common);
        Assert.That(LayerFiles.ReadNpy(Folder["y.npy"]).Values, Is.Not.EqualTo(expected));
        NpyFile.Write(Folder["bytes.npy"], new byte[] { 1, 1, 0, 1, 1, 1 }, [2, 3]);
        NpyFile.Write(Folder["floats.npy"], new float[] { 1, 1, 0, 1, 1, 1 }, [2, 3]);
        foreach (string mask in new[] { "bytes", "floats" })
        {
            await Succeed($"{common} --mask {Folder[mask + ".npy"]}");
            Assert.That(LayerFiles.ReadNpy(Folder["y.npy"]).Values, Is.EqualTo(expected), mask);
        }

        NpyFile.Write(Folder["turned.npy"], new float[6], [3, 2]);
        NpyFile.Write(Folder["two.npy"], new float[] { 2, 1, 1, 1, 1, 1 }, [2, 3]);
        Assert.That(await Fail($"{common} --mask {Folder["turned.npy"]}", ExitCode.Failure), Does.Contain("(2, 3)").And.Contain("(3, 2)"));
        Assert.That(await Fail($"{common} --mask {Folder["two.npy"]}", ExitCode.Failure), Does.Contain("0 or 1"));
        Assert.That(await Fail($"{common} --lengths 2", ExitCode.Usage), Does.Contain("--lengths").And.Contain("2 numbers"));
        Assert.That(await Fail($"{common} --lengths 2,4", ExitCode.Usage), Does.Contain("0 to 3"));
        Assert.That(await Fail($"{common} --lengths 2,3 --mask {Folder["bytes.npy"]}", ExitCode.Usage), Does.Contain("--mask and --lengths"));
    }

    [Test]
    public async Task Layer_StepsBeyondTheInput_AreRunWithout()
    {
        string spec = Spec(Plain);
        string x = LayerFiles.WriteRandom(Folder["x.npy"], 1, 1, 2, 2, 5, 6);
        await Succeed($"layer --spec {spec} --initialize 7 --input {x} --steps 5 --output {Folder["y.npy"]}");
        Assert.That(LayerFiles.ReadNpy(Folder["y.npy"]).Shape, Is.EqualTo(new long[] { 1, 5, 3, 5, 6 }));
        Assert.That(await Fail($"layer --spec {spec} --initialize 7 --input {x} --steps 1", ExitCode.Usage), Does.Contain("--steps").And.Contain("2 steps"));
        await Succeed($"layer --spec {spec} --initialize 7 --batch 2 --steps 3 --size 4x6 --output {Folder["y.npy"]}");
        Assert.That(LayerFiles.ReadNpy(Folder["y.npy"]).Shape, Is.EqualTo(new long[] { 2, 3, 3, 4, 6 }));

        string blind = Spec("""{"cell": "conv_gru", "input_channels": 0, "hidden_channels": 3, "rank": 3, "output": "last"}""", "blind.json");
        await Succeed($"layer --spec {blind} --initialize 7 --batch 2 --steps 3 --size 2x4x6 --output {Folder["y.npy"]}");
        Assert.That(LayerFiles.ReadNpy(Folder["y.npy"]).Shape, Is.EqualTo(new long[] { 2, 3, 2, 4, 6 }));
        Assert.That(await Fail($"layer --spec {blind} --initialize 7 --batch 2 --steps 3 --size 4x6", ExitCode.Usage), Does.Contain("--size"));
        Assert.That(await Fail($"layer --spec {blind} --initialize 7 --input {x}", ExitCode.Usage), Does.Contain("--input"));
    }

    [Test]
    public async Task Layer_Executor_IsTheNamedOneForThisRunAlone()
    {
        string spec = Spec(Plain);
        string common = $"layer --spec {spec} --initialize 7 --batch 1 --steps 1 --size 4";
        Assert.That((await Succeed($"{common} --executor reference")).Output, Does.Contain("reference on cpu"));
        Assert.That((await Succeed(common)).Output, Does.Not.Contain("reference on cpu"));
        Assert.That(await Fail($"{common} --executor magic", ExitCode.Failure), Does.Contain("magic"));
        string gru = Spec("""{"cell": "conv_gru", "input_channels": 0, "hidden_channels": 3}""", "gru.json");
        string unsupported = $"layer --spec {gru} --initialize 7 --batch 1 --steps 1 --size 4 --executor direct_fused";
        Assert.That(await Fail(unsupported, ExitCode.Failure), Does.Contain("direct_fused"));
        Assert.That(await Fail($"{common} --device cuda:99", ExitCode.Failure), Does.Contain("device").Or.Contain("CUDA"));
        Assert.That(await Fail($"{common} --device tpu", ExitCode.Usage), Does.Contain("--device"));
    }

    [Test]
    public async Task Layer_Checkpoints_TakeFewerBytesForTheSameGradients()
    {
        string spec = Spec(Plain);
        string x = LayerFiles.WriteRandom(Folder["x.npy"], 1, 1, 12, 2, 5, 6);
        string dy = LayerFiles.WriteRandom(Folder["dy.npy"], 2, 1, 12, 3, 5, 6);
        string common = $"layer --spec {spec} --initialize 7 --input {x} --gradient {dy} --dx {Folder["dx.npy"]}";
        string whole = (await Succeed(common)).Output;
        float[] expected = LayerFiles.ReadNpy(Folder["dx.npy"]).Values;
        string checkpointed = (await Succeed($"{common} --checkpoint-every 3")).Output;
        Assert.That(LayerFiles.ReadNpy(Folder["dx.npy"]).Values, Is.EqualTo(expected));
        Assert.That(TapeBytes(checkpointed), Is.Positive.And.LessThan(TapeBytes(whole)));
        await Succeed($"{common} --truncate-every 4");
        Assert.That(LayerFiles.ReadNpy(Folder["dx.npy"]).Values, Is.Not.EqualTo(expected));
    }

    [TestCase("", "--weights and --initialize")]
    [TestCase("--initialize 1 --weights w", "--weights and --initialize")]
    [TestCase("--initialize 1", "--input")]
    [TestCase("--initialize 1 --steps 3 --batch 1", "--size")]
    [TestCase("--initialize 1 --input x --batch 3", "--batch")]
    [TestCase("--initialize 1 --input x --size 3", "--size")]
    [TestCase("--initialize 1 --input x --dx dx", "--dx")]
    [TestCase("--initialize 1 --input x --dweights d", "--dweights")]
    [TestCase("--initialize 1 --input x --checkpoint-every 3", "--checkpoint-every")]
    [TestCase("--initialize 1 --steps 3 --batch 1 --size 3 --gradient g --dx dx", "--dx")]
    [TestCase("--initialize one", "--initialize")]
    [TestCase("--initialize 1 --input x --size 3x0", "--size")]
    [TestCase("--initialize 1 --input x --lengths 3,-1", "--lengths")]
    public async Task Layer_ContradictingOptions_OneLineNamesThem(string options, string named) => Assert.That(
        await Fail($"layer --spec {Spec(Plain)} {options}", ExitCode.Usage), Does.Contain(named));

    [Test]
    public async Task Layer_WrongFiles_SayWhyAndLeaveNothing()
    {
        string spec = Spec(Plain);
        string x = LayerFiles.WriteRandom(Folder["x.npy"], 1, 2, 4, 2, 5, 6);
        string other = LayerFiles.WriteRandom(Folder["other.npy"], 1, 2, 4, 3, 5, 6);
        string flat = LayerFiles.WriteRandom(Folder["flat.npy"], 1, 2, 4, 2, 5);
        LayerFiles.WriteTensors(Folder["some.safetensors"], ("bias", [12], new float[12]));
        LayerFiles.WriteTensors(Folder["h.safetensors"], ("h", [2, 3, 5, 6], new float[180]));
        LayerFiles.WriteTensors(
            Folder["hcm.safetensors"], ("h", [2, 3, 5, 6], new float[180]), ("c", [2, 3, 5, 6], new float[180]), ("m", [1], new float[1]));
        LayerFiles.WriteTensors(Folder["wide.safetensors"], ("h", [2, 3, 6, 5], new float[180]), ("c", [2, 3, 5, 6], new float[180]));
        string bad = Spec("""{"cell": "conv_lstm", "input_channels": 2, "hidden_channels": 3, "kernel": 3}""", "bad.json");
        string impossible = Spec("""{"cell": "conv_lstm", "input_channels": 2, "hidden_channels": 3, "input_stride": 2, "input_dilation": 2}""", "impossible.json");
        string unmasked = Spec("""{"cell": "conv_lstm", "input_channels": 2, "hidden_channels": 3}""", "unmasked.json");
        string[] before = Folder.Everything();
        string outputs = Outputs();

        await Refuse($"layer --spec {Folder["none.json"]} --initialize 1 --input {x} --output {Folder["y.npy"]}", "--spec", "none.json");
        await Refuse($"layer --spec {bad} --initialize 1 --input {x} --output {Folder["y.npy"]}", "bad.json", "kernel");
        await Refuse($"layer --spec {impossible} --initialize 1 --input {x} --output {Folder["y.npy"]}", "input_stride");
        await Refuse($"layer --spec {spec} --initialize 1 --input {other} --output {Folder["y.npy"]}", "--input", "2 channels");
        await Refuse($"layer --spec {spec} --initialize 1 --input {flat} --output {Folder["y.npy"]}", "--input", "5 dimensions");
        await Refuse($"layer --spec {spec} --initialize 1 --input {Folder["none.npy"]} --output {Folder["y.npy"]}", "--input", "none.npy");
        await Refuse($"layer --spec {spec} --weights {Folder["some.safetensors"]} --input {x} --output {Folder["y.npy"]}", "some.safetensors", "input_kernel");
        await Refuse($"layer --spec {spec} --weights {Folder["none.safetensors"]} --input {x} --output {Folder["y.npy"]}", "--weights");
        await Refuse($"layer --spec {spec} --initialize 1 --input {x} --state-in {Folder["h.safetensors"]} --output {Folder["y.npy"]}", "'c'");
        await Refuse($"layer --spec {spec} --initialize 1 --input {x} --state-in {Folder["hcm.safetensors"]} --output {Folder["y.npy"]}", "'m'");
        await Refuse($"layer --spec {spec} --initialize 1 --input {x} --state-in {Folder["wide.safetensors"]} --output {Folder["y.npy"]}", "(2, 3, 5, 6)");
        await Refuse($"layer --spec {spec} --initialize 1 --input {x} --gradient {x} {outputs}", "--gradient", "(2, 4, 3, 5, 6)");
        await Refuse($"layer --spec {unmasked} --initialize 1 --input {x} --lengths 1,2 --output {Folder["y.npy"]}", "--lengths", "unmasked.json");
        string twice = $"layer --spec {spec} --initialize 1 --input {x} --output {Folder["y"]} --state-out {Folder["y"]}";
        Assert.That(await Fail(twice, ExitCode.Usage), Does.Contain("--state-out"));
        Assert.That(await Fail($"layer --spec {spec} --initialize 1 --input {x} --output {Folder.Path}", ExitCode.Usage), Does.Contain("--output"));
        Assert.That(Folder.Everything(), Is.EqualTo(before));

        static async Task Refuse(string commandLine, params string[] named)
        {
            string error = await Fail(commandLine, ExitCode.Failure);
            foreach (string word in named)
                Assert.That(error, Does.Contain(word));
        }
    }

    [Test]
    public async Task Layer_Interrupted_WritesNothing()
    {
        string spec = Spec(Plain);
        string[] before = Folder.Everything();
        ToolResult result = await TestTool.RunAsync(
            $"layer --spec {spec} --initialize 1 --batch 1 --steps 1 --size 4 --output {Folder["y.npy"]}", new CancellationToken(canceled: true));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(Folder.Everything(), Is.EqualTo(before));
    }

    private string Spec(string json, string name = "layer.json")
    {
        File.WriteAllText(Folder[name], json);
        return Folder[name];
    }

    private string Outputs() =>
        $"--output {Folder["y.npy"]} --state-out {Folder["s.safetensors"]} --dx {Folder["dx.npy"]} "
        + $"--dweights {Folder["dw.safetensors"]} --dstate-out {Folder["ds.safetensors"]}";

    private static long TapeBytes(string output)
    {
        string text = output[(output.IndexOf("tape ", StringComparison.Ordinal) + 5)..];
        return long.Parse(text[..text.IndexOf(' ', StringComparison.Ordinal)], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }
}
