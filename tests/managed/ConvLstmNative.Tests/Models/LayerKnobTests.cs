using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>The knobs of the layers of a model: that they reach it, that files hold them, and that older files still load.</summary>
public sealed class LayerKnobTests : NativeFixture
{
    private static readonly SequenceShape Shape = new(2, 4, 1, 6, 6);
    private static readonly RecurrentLayerOptions Plain = new() { HiddenChannels = 4 };

    private static IEnumerable<RecurrentLayerOptions> Knobs()
    {
        yield return Plain with { RecurrentDilation = 2 };
        yield return Plain with { RecurrentBias = true };
        yield return Plain with { GateActivation = GateActivation.HardSigmoidKeras2 };
        yield return Plain with { CellActivation = CellActivation.Relu };
        yield return Plain with { CellClip = 0.01f };
        yield return Plain with { Normalization = Normalization.Group, NormalizationGroupChannels = 4 };
        yield return Plain with { InputDropout = 0.4f };
        yield return Plain with { RecurrentDropout = 0.4f };
        yield return Plain with { Storage = Storage.Bfloat16 };
        yield return Plain with { Cell = RecurrentCell.ConvGru };
        yield return Plain with { Cell = RecurrentCell.ConvGru, ResetAfter = true, RecurrentBias = true };
    }

    [TestCaseSource(nameof(Knobs))]
    public void Step_OneKnob_ChangesTheLossAndIsSaved(RecurrentLayerOptions layer)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        float[] frames = Numbers.Unit(1, Shape.ElementCount);
        SequenceModelOptions options = new() { Layers = [layer, layer] };
        (float first, float[] after) = Train(options, frames, path);
        Assert.That(after, Has.All.Not.NaN);
        if (layer is { RecurrentBias: false } or { Cell: RecurrentCell.ConvGru })
            Assert.That(first, Is.Not.EqualTo(Train(new SequenceModelOptions { Layers = [Plain, Plain] }, frames, folder.File("plain")).First));

        using SequenceModel loaded = SequenceModel.Load(Context, path);
        Assert.That(loaded.Options.Layers, Is.EqualTo(options.Layers));
        float[] predicted = new float[Shape.ElementCount];
        loaded.Predict(frames, Shape, Shape.Steps, predicted);
        Assert.That(predicted, Has.All.Not.NaN);
    }

    [Test]
    public void Resume_Dropout_GivesTheBitsOfUninterruptedTraining()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("checkpoint.safetensors");
        RecurrentLayerOptions layer = Plain with { InputDropout = 0.3f, RecurrentDropout = 0.3f };
        float[] frames = Numbers.Unit(2, Shape.ElementCount);
        float[] expected = new float[3];
        using (SequenceModel model = new(Context, new SequenceModelOptions { Layers = [layer, layer] }, seed: 3))
        using (SequenceTrainer trainer = new(model, new OptimizerOptions()))
        {
            for (int step = 0; step < 2; step++)
                trainer.Step(frames, Shape, 2);
            trainer.Save(path);
            for (int step = 0; step < 3; step++)
                expected[step] = trainer.Step(frames, Shape, 2);
        }

        using SequenceTrainer resumed = SequenceTrainer.Resume(Context, path);
        foreach (float loss in expected)
            Assert.That(resumed.Step(frames, Shape, 2), Is.EqualTo(loss));
    }

    [Test]
    public void Step_Dropout_DropsOthersInEachStep()
    {
        using SequenceModel model = new(Context, new SequenceModelOptions { Layers = [Plain with { InputDropout = 0.5f }] }, seed: 3);
        using SequenceTrainer trainer = new(model, new OptimizerOptions { LearningRate = 0 });
        float[] frames = Numbers.Unit(2, Shape.ElementCount);
        float first = trainer.Step(frames, Shape, 2);
        Assert.That(trainer.Step(frames, Shape, 2), Is.Not.EqualTo(first));
    }

    [Test]
    public void Load_FileOfAnEarlierVersion_HasTheDefaults()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        SequenceModelOptions options = new() { Layers = [Plain, Plain with { Peephole = Peephole.PerChannel }] };
        using (SequenceModel model = new(Context, options, seed: 1))
            model.Save(path);
        SafetensorsCopy.Rewrite(path, metadata => metadata["convlstm.model"] = """
            {"Channels":1,"PatchSize":1,"Layers":[
              {"HiddenChannels":4,"InputKernelSize":3,"RecurrentKernelSize":3,"Peephole":"None","Bias":true,"ForgetBias":1},
              {"HiddenChannels":4,"InputKernelSize":3,"RecurrentKernelSize":3,"Peephole":"PerChannel","Bias":true,"ForgetBias":1}],
             "HeadKernelSize":1,"Loss":"MeanSquaredError","Residual":false}
            """);
        using SequenceModel loaded = SequenceModel.Load(Context, path);
        Assert.That(loaded.Options.Layers, Is.EqualTo(options.Layers));
    }

    [TestCase("\"Cell\":\"ConvLstm\"", "\"Cell\":\"ConvRnn\"", "convlstm.model")]
    [TestCase("\"NormalizationGroupChannels\":32", "\"NormalizationGroupChannels\":0", "NormalizationGroupChannels")]
    [TestCase("\"RecurrentDilation\":1", "\"RecurrentDilation\":99", "RecurrentDilation")]
    [TestCase("\"InputDropout\":0", "\"InputDropout\":1", "input_dropout")]
    [TestCase("\"CellClip\":0", "\"CellClip\":-1", "cell_clip")]
    [TestCase("\"Normalization\":\"None\"", "\"Normalization\":\"Layer\"", "Normalization")]
    public void Load_KnobChanged_ThrowsModelFormat(string from, string to, string part)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        using (SequenceModel model = new(Context, new SequenceModelOptions { Layers = [Plain] }))
            model.Save(path);
        SafetensorsCopy.Rewrite(path, metadata =>
        {
            Assert.That(metadata["convlstm.model"], Does.Contain(from));
            metadata["convlstm.model"] = metadata["convlstm.model"].Replace(from, to, StringComparison.Ordinal);
        });
        Assert.That(() => SequenceModel.Load(Context, path), Throws.TypeOf<ModelFormatException>().With.Message.Contains(part));
    }

    private static IEnumerable<RecurrentLayerOptions> Contradictions()
    {
        yield return Plain with { Peephole = Peephole.PerPixel };
        yield return Plain with { Bias = false, RecurrentBias = true };
        yield return Plain with { ResetAfter = true };
        yield return Plain with { Cell = RecurrentCell.ConvGru, Peephole = Peephole.PerChannel };
        yield return Plain with { Cell = RecurrentCell.ConvGru, CellClip = 1 };
        yield return Plain with { Cell = (RecurrentCell)7 };
        yield return Plain with { Storage = (Storage)7 };
        yield return Plain with { Normalization = Normalization.Layer };
        yield return Plain with { NormalizationGroupChannels = 0 };
    }

    [TestCaseSource(nameof(Contradictions))]
    public void Create_Contradiction_ThrowsArgument(RecurrentLayerOptions layer) => Assert.That(
        () => new SequenceModel(Context, new SequenceModelOptions { Layers = [layer] }),
        Throws.InstanceOf<ArgumentException>().With.Message.Contains("Layers[0].").And.Message.Contains("expected"));

    private (float First, float[] Losses) Train(SequenceModelOptions options, float[] frames, string path)
    {
        using SequenceModel model = new(Context, options, seed: 1);
        using SequenceTrainer trainer = new(model, new OptimizerOptions());
        float[] losses = [trainer.Step(frames, Shape, 2), trainer.Step(frames, Shape, 2)];
        model.Save(path);
        return (losses[0], losses);
    }
}
