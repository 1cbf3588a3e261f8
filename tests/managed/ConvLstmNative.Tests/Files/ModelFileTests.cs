using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Model files whose description and tensors do not belong together.</summary>
public sealed class ModelFileTests : NativeFixture
{
    private string _folder = string.Empty;

    private string Path => System.IO.Path.Combine(_folder, "model.safetensors");

    [SetUp]
    public void SaveCheckpoint()
    {
        _folder = Directory.CreateTempSubdirectory("convlstm-tests-").FullName;
        using SequenceModel model = new(Context, SequenceModelTests.Descriptions().ElementAt(1), seed: 1);
        using SequenceTrainer trainer = new(model, new OptimizerOptions());
        trainer.Save(Path);
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Save_Checkpoint_HasTheDocumentedNames()
    {
        using SafetensorsReader file = SafetensorsReader.Open(Path);
        Assert.That(file.Tensors.Keys, Is.SupersetOf(new[]
        {
            "encoder.0.input_kernel", "encoder.0.peephole", "encoder.1.bias", "forecaster.0.recurrent_kernel",
            "forecaster.1.input_kernel", "head.kernel", "head.bias", "optimizer.m.encoder.0.input_kernel", "optimizer.v.head.bias",
        }));
        Assert.That(file.Tensors.Keys, Does.Not.Contain("forecaster.0.input_kernel"));
    }

    [TestCase("\"HiddenChannels\":3", "\"HiddenChannels\":4", "encoder.0")]
    [TestCase("\"HiddenChannels\":3", "\"HiddenChannels\":2000000000", "encoder.0")]
    [TestCase("\"HiddenChannels\":3", "\"HiddenChannels\":-3", "HiddenChannels")]
    [TestCase("\"HiddenChannels\":3", "\"HiddenChannels\":\"three\"", "convlstm.model")]
    [TestCase("\"HiddenChannels\":3", "\"HiddenChannels\":3,\"HiddenChannels\":3", "convlstm.model")]
    [TestCase("\"HiddenChannels\":3", "\"Hidden\":3", "convlstm.model")]
    [TestCase("\"PatchSize\":2", "\"PatchSize\":3", "input_kernel")]
    [TestCase("\"PatchSize\":2", "\"PatchSize\":1000000", "convlstm.model")]
    [TestCase("\"Peephole\":\"PerChannel\"", "\"Peephole\":\"None\"", "peephole")]
    [TestCase("\"HeadKernelSize\":3", "\"HeadKernelSize\":5", "head.kernel")]
    [TestCase("\"Loss\":\"BinaryCrossEntropy\"", "\"Loss\":\"Guess\"", "convlstm.model")]
    [TestCase("\"HeadKernelSize\":3,", "", "HeadKernelSize")]
    [TestCase("{", "[", "convlstm.model")]
    public void Load_DescriptionChanged_ThrowsModelFormat(string from, string to, string part)
    {
        Rewrite(metadata => Replace(metadata, "convlstm.model", from, to));
        AssertRefused(part);
    }

    [TestCase("convlstm.model")]
    [TestCase("convlstm.format")]
    public void Load_MetadataMissing_ThrowsModelFormat(string key)
    {
        Rewrite(metadata => metadata.Remove(key));
        AssertRefused(key);
    }

    [Test]
    public void Load_FormatOfTheFuture_ThrowsModelFormat()
    {
        Rewrite(metadata => metadata["convlstm.format"] = "99");
        AssertRefused("99");
    }

    [Test]
    public void Load_TensorMissing_ThrowsModelFormat()
    {
        Rewrite(_ => { }, tensors => tensors.RemoveAll(tensor => tensor.Name == "head.bias"));
        AssertRefused("head.bias");
    }

    [Test]
    public void Load_TensorTooMany_ThrowsModelFormat()
    {
        Rewrite(_ => { }, tensors => tensors.Add(new SafetensorsTensor("encoder.7.bias", [1], _ => { })));
        AssertRefused("encoder.7.bias");
    }

    [Test]
    public void Load_OptimizerTensorsInAModelWithoutOptimizer_ThrowsModelFormat()
    {
        Rewrite(metadata => metadata.Remove("convlstm.optimizer"));
        AssertRefused("optimizer.m.");
    }

    [Test]
    public void Load_NonFiniteWeight_ThrowsModelFormat()
    {
        Rewrite(_ => { }, tensors =>
        {
            int index = tensors.FindIndex(tensor => tensor.Name == "head.bias");
            tensors[index] = tensors[index] with { Source = values => values[1] = float.NaN };
        });
        AssertRefused("head.bias");
    }

    [TestCase("convlstm.optimizer", "\"LearningRate\":0.001", "\"LearningRate\":-1")]
    [TestCase("convlstm.optimizer", "\"LearningRate\":0.001", "\"LearningRate\":1e39")]
    [TestCase("convlstm.optimizer", "\"Kind\":\"Adam\"", "\"Kind\":\"Best\"")]
    [TestCase("convlstm.optimizer", "\"Beta1\":0.9", "\"Beta1\":2")]
    [TestCase("convlstm.optimizer", "\"Beta1\":0.9,", "")]
    [TestCase("convlstm.optimizer", "{", "null")]
    [TestCase("convlstm.step_count", "0", "-1")]
    [TestCase("convlstm.step_count", "0", "many")]
    public void Resume_OptimizerChanged_ThrowsModelFormat(string key, string from, string to)
    {
        Rewrite(metadata => Replace(metadata, key, from, to));
        Assert.That(() => SequenceTrainer.Resume(Context, Path), Throws.TypeOf<ModelFormatException>().With.Message.Contains(key));
    }

    [TestCase("convlstm.optimizer")]
    [TestCase("convlstm.step_count")]
    public void Resume_OptimizerMissing_ThrowsModelFormat(string key)
    {
        Rewrite(metadata => metadata.Remove(key));
        Assert.That(() => SequenceTrainer.Resume(Context, Path), Throws.TypeOf<ModelFormatException>().With.Message.Contains(key));
    }

    [Test]
    public void Resume_SlotMissing_ThrowsModelFormat()
    {
        Rewrite(_ => { }, tensors => tensors.RemoveAll(tensor => tensor.Name == "optimizer.v.head.bias"));
        Assert.That(
            () => SequenceTrainer.Resume(Context, Path), Throws.TypeOf<ModelFormatException>().With.Message.Contains("optimizer.v.head.bias"));
    }

    [Test]
    public void Load_EveryTruncation_ThrowsModelFormat()
    {
        byte[] whole = File.ReadAllBytes(Path);
        foreach (int length in new[] { 0, 7, 8, 100, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(Path, whole[..length]);
            AssertRefused(Path);
        }
    }

    [Test]
    public void Load_AnyDamagedHeader_ThrowsModelFormatOrLoads()
    {
        byte[] whole = File.ReadAllBytes(Path);
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
                using SequenceTrainer trainer = SequenceTrainer.Resume(Context, Path);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(300));
    }

    private void AssertRefused(string part) =>
        Assert.That(
            () => SequenceModel.Load(Context, Path),
            Throws.TypeOf<ModelFormatException>().With.Message.StartsWith(Path).And.Message.Contains(part).And.Message.Contains("expected"));

    private static void Replace(Dictionary<string, string> metadata, string key, string from, string to)
    {
        int at = metadata[key].IndexOf(from, StringComparison.Ordinal);
        Assert.That(at, Is.Not.Negative, metadata[key]);
        metadata[key] = metadata[key].Remove(at, from.Length).Insert(at, to);
    }

    private void Rewrite(Action<Dictionary<string, string>> metadata, Action<List<SafetensorsTensor>>? tensors = null) =>
        SafetensorsCopy.Rewrite(Path, metadata, tensors);
}
