using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Files of single layers: round trips, damage, contradictions.</summary>
public sealed class LayerFileTests : NativeFixture
{
    private readonly SequenceShape _shape = new(1, 2, 2, 4, 4);
    private string _folder = string.Empty;

    private string Path => System.IO.Path.Combine(_folder, "layer.safetensors");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("convlstm-tests-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<RecurrentOptions> Layers()
    {
        yield return new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3, Peephole = Peephole.PerPixel, FixedSize = new Sizes(4, 4) };
        yield return new ConvGruOptions { InputChannels = 2, HiddenChannels = 3, ResetAfter = true, RecurrentBias = true, Layers = 2 };
        yield return new SpatioTemporalLstmOptions { InputChannels = 2, HiddenChannels = 3, ForgetBias = 1, Layout = SequenceLayout.TimeFirst };
    }

    [TestCaseSource(nameof(Layers))]
    public void Load_WhatSaveWrote_IsTheSameLayer(RecurrentOptions options)
    {
        float[] x = Numbers.Random(1, _shape.ElementCount);
        float[] expected;
        using (RecurrentLayer layer = LayerRun.Fill(RecurrentLayer.Create(Context, options)))
        {
            expected = LayerRun.Forward(layer, _shape, x);
            layer.Save(Path);
        }

        using RecurrentLayer loaded = RecurrentLayer.Load(Context, Path);
        Assert.That(loaded.Options, Is.EqualTo(options));
        Assert.That(LayerRun.Forward(loaded, _shape, x), Is.EqualTo(expected));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void Save_Layer_HasCanonicalNamesAndTheDescription()
    {
        Save();
        using SafetensorsReader file = SafetensorsReader.Open(Path);
        Assert.That(file.Tensors.Keys, Is.EquivalentTo(new[]
        {
            "layers.0.forward.input_kernel", "layers.0.forward.recurrent_kernel", "layers.0.forward.bias",
            "layers.0.reverse.input_kernel", "layers.0.reverse.recurrent_kernel", "layers.0.reverse.bias",
            "layers.1.forward.input_kernel", "layers.1.forward.recurrent_kernel", "layers.1.forward.bias",
            "layers.1.reverse.input_kernel", "layers.1.reverse.recurrent_kernel", "layers.1.reverse.bias",
        }));
        Assert.That(file.Metadata["convlstm.layer"], Does.StartWith("{\"cell\":\"conv_lstm\""));
    }

    [TestCase("\"hidden_channels\":3", "\"hidden_channels\":4", "input_kernel")]
    [TestCase("\"hidden_channels\":3", "\"hidden_channels\":2000000000", "convlstm.layer")]
    [TestCase("\"hidden_channels\":3", "\"hidden_channels\":-3", "expected")]
    [TestCase("\"layers\":2", "\"layers\":1", "forward.input_kernel")]
    [TestCase("\"layers\":2", "\"layers\":2000000000", "layers")]
    [TestCase("\"layers\":2", "\"layers\":0", "layers")]
    [TestCase("\"rank\":2", "\"rank\":3", "input_kernel")]
    [TestCase("\"rank\":2", "\"rank\":9", "convlstm.layer")]
    [TestCase("\"cell\":\"conv_lstm\"", "\"cell\":\"conv_gru\"", "peephole")]
    [TestCase("\"direction\":\"bidirectional\"", "\"direction\":\"reverse\"", "layers.0.input_kernel")]
    [TestCase("\"input_dropout\":0", "\"input_dropout\":2", "input_dropout")]
    [TestCase("\"bias\":true", "\"bias\":1", "bias")]
    [TestCase("{", "", "convlstm.layer")]
    public void Load_DescriptionChanged_ThrowsModelFormat(string from, string to, string part)
    {
        Save();
        Rewrite(metadata => metadata["convlstm.layer"] = Replace(metadata["convlstm.layer"], from, to), _ => { });
        AssertRefused(part);
    }

    [TestCase("convlstm.layer")]
    [TestCase("convlstm.format")]
    public void Load_MetadataMissing_ThrowsModelFormat(string key)
    {
        Save();
        Rewrite(metadata => metadata.Remove(key), _ => { });
        AssertRefused(key);
    }

    [Test]
    public void Load_TensorsOfAnotherLayer_ThrowsModelFormat()
    {
        Save();
        Rewrite(_ => { }, tensors => tensors.RemoveAt(3));
        AssertRefused("no such tensor");
        Save();
        Rewrite(_ => { }, tensors => tensors.Add(new SafetensorsTensor("layers.2.forward.bias", [1], _ => { })));
        AssertRefused("layers.2.forward.bias");
        Save();
        Rewrite(_ => { }, tensors => tensors[0] = tensors[0] with { Source = values => values[0] = float.NaN });
        AssertRefused("finite");
    }

    [Test]
    public void Load_Model_IsNoLayer()
    {
        using (SequenceModel model = new(Context, new SequenceModelOptions { Layers = [new() { HiddenChannels = 2 }] }))
            model.Save(Path);
        AssertRefused("convlstm.layer");
        Save();
        Assert.That(() => SequenceModel.Load(Context, Path), Throws.TypeOf<ModelFormatException>().With.Message.Contains("convlstm.model"));
    }

    [Test]
    public void Load_AnyDamage_ThrowsModelFormatOrLoads()
    {
        Save();
        byte[] whole = File.ReadAllBytes(Path);
        foreach (int length in new[] { 0, 7, 8, 100, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(Path, whole[..length]);
            AssertRefused(Path);
        }

        int header = 8 + (int)System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(whole);
        Random random = new(1);
        int refused = 0;
        for (int attempt = 0; attempt < 400; attempt++)
        {
            byte[] damaged = [.. whole];
            for (int change = random.Next(3); change >= 0; change--)
                damaged[random.Next(header)] = (byte)random.Next(attempt % 2 == 0 ? 256 : 128);
            File.WriteAllBytes(Path, damaged);
            try
            {
                using RecurrentLayer layer = RecurrentLayer.Load(Context, Path);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(300));
    }

    private void Save()
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, new ConvLstmOptions
        {
            InputChannels = 2,
            HiddenChannels = 3,
            Layers = 2,
            Direction = RecurrentDirection.Bidirectional,
        }));
        layer.Save(Path);
    }

    private void AssertRefused(string part) => Assert.That(
        () => RecurrentLayer.Load(Context, Path),
        Throws.TypeOf<ModelFormatException>().With.Message.StartsWith(Path).And.Message.Contains(part).And.Message.Contains("expected"));

    private static string Replace(string text, string from, string to)
    {
        int at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.That(at, Is.Not.Negative, text);
        return text.Remove(at, from.Length).Insert(at, to);
    }

    private void Rewrite(Action<Dictionary<string, string>> metadata, Action<List<SafetensorsTensor>> tensors) =>
        SafetensorsCopy.Rewrite(Path, metadata, tensors);
}
