using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

/// <summary>Every example description through the command: forward, gradients, and the same again from the files that it wrote.</summary>
public class ExampleTests : CommandTests
{
    [TestCaseSource(typeof(SchemaTests), nameof(SchemaTests.Examples))]
    public async Task Layer_Example_RunsForwardAndBackward(string name)
    {
        string spec = SchemaTests.ExamplePath(name);
        RecurrentOptions options = LayerDescription.Read(spec);
        string x = LayerFiles.WriteRandom(Folder["x.npy"], 1, Sizes(options, options.InputChannels));
        string common = $"layer --spec {spec} --input {x} --threads 1";
        ToolResult forward = await Succeed(
            $"{common} --initialize 3 --weights-out {Folder["w.safetensors"]} --output {Folder["y.npy"]} --state-out {Folder["s.safetensors"]}");
        Assert.That(forward.Output.Trim().Split('\n'), Has.Length.EqualTo(1));
        (float[] y, long[] shape) = LayerFiles.ReadNpy(Folder["y.npy"]);
        Assert.That(y, Has.All.Not.NaN.And.Some.Not.Zero);

        string dy = LayerFiles.WriteRandom(Folder["dy.npy"], 2, shape);
        await Succeed(
            $"{common} --weights {Folder["w.safetensors"]} --gradient {dy} --output {Folder["y2.npy"]} --dx {Folder["dx.npy"]} "
            + $"--dweights {Folder["dw.safetensors"]} --state-in {Folder["s.safetensors"]} --dstate-in {Folder["s.safetensors"]} "
            + $"--dstate-out {Folder["ds.safetensors"]} --checkpoint-every 2 --dropout-seed 4");
        Assert.That(LayerFiles.ReadNpy(Folder["dx.npy"]).Shape, Is.EqualTo(Sizes(options, options.InputChannels)));
        Assert.That(LayerFiles.ReadNpy(Folder["dx.npy"]).Values, Has.Some.Not.Zero);
        Dictionary<string, float[]> gradients = LayerFiles.ReadTensors(Folder["dw.safetensors"]);
        Assert.That(gradients.Keys, Is.EquivalentTo(LayerFiles.ReadTensors(Folder["w.safetensors"]).Keys));
        Assert.That(gradients.Values, Has.All.Some.Not.Zero);
        Assert.That(LayerFiles.ReadTensors(Folder["ds.safetensors"]).Values, Has.All.Some.Not.Zero);
        Assert.That(Folder.Everything(), Has.None.Contain(".tmp"));
    }

    [TestCaseSource(typeof(SchemaTests), nameof(SchemaTests.Examples))]
    public async Task Layer_Example_EqualsTheReference(string name)
    {
        const float Tolerance = 1e-4f;
        string spec = SchemaTests.ExamplePath(name);
        RecurrentOptions options = LayerDescription.Read(spec);
        string x = LayerFiles.WriteRandom(Folder["x.npy"], 1, Sizes(options, options.InputChannels));
        string common = $"layer --spec {spec} --initialize 3 --input {x} --steps 4";
        await Succeed($"{common} --output {Folder["dy.npy"]}");
        foreach (string executor in new[] { "best", "reference" })
        {
            string choice = executor == "best" ? string.Empty : $"--executor {executor}";
            await Succeed(
                $"{common} {choice} --gradient {Folder["dy.npy"]} --output {Folder[executor + ".y"]} --dx {Folder[executor + ".dx"]} "
                + $"--dweights {Folder[executor + ".dw"]} --dropout-seed 9");
        }

        foreach (string array in new[] { ".y", ".dx" })
        {
            float[] expected = LayerFiles.ReadNpy(Folder["reference" + array]).Values;
            Assert.That(LayerFiles.ReadNpy(Folder["best" + array]).Values, Is.EqualTo(expected).Within(Tolerance), array);
        }

        Dictionary<string, float[]> gradients = LayerFiles.ReadTensors(Folder["best.dw"]);
        foreach ((string parameter, float[] expected) in LayerFiles.ReadTensors(Folder["reference.dw"]))
            Assert.That(gradients[parameter], Is.EqualTo(expected).Within(Tolerance), parameter);
    }

    // Three steps of two sequences of 6x5 pixels.
    private static long[] Sizes(RecurrentOptions options, long channels) => options.Layout switch
    {
        SequenceLayout.TimeFirst => [3, 2, channels, 6, 5],
        SequenceLayout.BatchFirstChannelsLast => [2, 3, 6, 5, channels],
        SequenceLayout.TimeFirstChannelsLast => [3, 2, 6, 5, channels],
        _ => [2, 3, channels, 6, 5],
    };
}
