using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Descriptions of layers as JSON.</summary>
public sealed class LayerDescriptionTests
{
    private static IEnumerable<RecurrentOptions> All()
    {
        ConvLstmOptions lstm = new()
        {
            InputChannels = 3,
            HiddenChannels = 5,
            Rank = 3,
            InputKernelSize = new Sizes(1, 2, 3),
            InputStride = 2,
            Padding = ConvolutionPadding.Explicit,
            PaddingBefore = new Sizes(0, 1, 2),
            PaddingAfter = 1,
            RecurrentKernelSize = 5,
            RecurrentDilation = 2,
            RecurrentBias = true,
            GateActivation = GateActivation.HardSigmoidKeras2,
            CellActivation = CellActivation.Linear,
            Normalization = Normalization.Layer,
            NormalizationGroupChannels = 7,
            NormalizationEpsilon = 0.25f,
            Mask = SequenceMask.Zero,
            Direction = RecurrentDirection.Bidirectional,
            Merge = DirectionMerge.Average,
            Layers = 3,
            Storage = Storage.Bfloat16,
            InputDropout = 0.1f,
            RecurrentDropout = 0.2f,
            Layout = SequenceLayout.TimeFirstChannelsLast,
            Output = RecurrentOutput.Last,
            FixedSize = new Sizes(4, 5, 6),
            Peephole = Peephole.PerPixel,
            ForgetBias = 1.5f,
            CellClip = 3,
        };
        yield return lstm;
        yield return new ConvLstmOptions { InputChannels = 0, HiddenChannels = 1 };
        yield return lstm with { Rank = 2, InputKernelSize = new Sizes(1, 3), Bias = false, RecurrentBias = false };
        yield return new ConvGruOptions { InputChannels = 1, HiddenChannels = 2, ResetAfter = true, InputDilation = new Sizes(2, 3) };
        yield return new SpatioTemporalLstmOptions { InputChannels = 1, HiddenChannels = 2, ForgetBias = 1, Layers = 4 };
    }

    [TestCaseSource(nameof(All))]
    public void Parse_WhatFormatWrote_GivesTheSameOptions(RecurrentOptions options)
    {
        Assert.That(LayerDescription.Parse(LayerDescription.Format(options)), Is.EqualTo(options));
        Assert.That(LayerDescription.Parse(LayerDescription.Format(options, isIndented: true)), Is.EqualTo(options));
    }

    [Test]
    public void Parse_MissingProperties_HaveTheirDefaults()
    {
        Assert.That(
            LayerDescription.Parse("""{"hidden_channels": 2, "input_channels": 1, "cell": "conv_lstm"}"""),
            Is.EqualTo(new ConvLstmOptions { InputChannels = 1, HiddenChannels = 2 }));
        Assert.That(
            LayerDescription.Parse("""{"cell": "conv_gru", "hidden_channels": 2, "input_channels": 1}"""),
            Is.EqualTo(new ConvGruOptions { InputChannels = 1, HiddenChannels = 2 }));
        Assert.That(
            LayerDescription.Parse("""{"cell": "st_lstm", "hidden_channels": 2, "input_channels": 1}"""),
            Is.EqualTo(new SpatioTemporalLstmOptions { InputChannels = 1, HiddenChannels = 2 }));
    }

    [Test]
    public void Parse_SizesAndWords_AreRead()
    {
        ConvLstmOptions options = (ConvLstmOptions)LayerDescription.Parse("""
            {
              "cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "input_kernel_size": [3, 5], "recurrent_kernel_size": [7],
              "padding": "same_pytorch", "layout": "tnhwc", "peephole": "per_channel", "gate_activation": "hard_sigmoid_keras3"
            }
            """);
        Assert.That(options.InputKernelSize, Is.EqualTo(new Sizes(3, 5)));
        Assert.That(options.RecurrentKernelSize, Is.EqualTo((Sizes)7));
        Assert.That(options.Padding, Is.EqualTo(ConvolutionPadding.SamePytorch));
        Assert.That(options.Layout, Is.EqualTo(SequenceLayout.TimeFirstChannelsLast));
        Assert.That(options.Peephole, Is.EqualTo(Peephole.PerChannel));
        Assert.That(options.GateActivation, Is.EqualTo(GateActivation.HardSigmoidKeras3));
    }

    [Test]
    public void Format_Words_AreSnakeCase() => Assert.That(
        LayerDescription.Format(All().First()),
        Does.StartWith("{\"cell\":\"conv_lstm\"").And.Contain("\"layout\":\"tnhwc\"").And.Contain("\"gate_activation\":\"hard_sigmoid_keras2\"")
            .And.Contain("\"storage\":\"bfloat16\"").And.Contain("\"input_kernel_size\":[1,2,3]").And.Contain("\"recurrent_kernel_size\":5"));

    [TestCase("", "JSON")]
    [TestCase("[]", "JSON object")]
    [TestCase("null", "JSON object")]
    [TestCase("{", "JSON")]
    [TestCase("""{"input_channels": 1, "hidden_channels": 2}""", "cell: expected one of conv_lstm, conv_gru, st_lstm, got nothing")]
    [TestCase("""{"cell": "lstm", "input_channels": 1, "hidden_channels": 2}""", "\"lstm\"")]
    [TestCase("""{"cell": 0, "input_channels": 1, "hidden_channels": 2}""", "cell")]
    [TestCase("""{"cell": "conv_lstm", "hidden_channels": 2}""", "input_channels")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 2}""", "hidden_channels")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "kernel": 3}""", "kernel")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "reset_after": true}""", "reset_after")]
    [TestCase("""{"cell": "conv_gru", "input_channels": 1, "hidden_channels": 2, "peephole": "none"}""", "peephole")]
    [TestCase("""{"cell": "st_lstm", "input_channels": 1, "hidden_channels": 2, "cell_clip": 0}""", "cell_clip")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "input_channels": 1, "hidden_channels": 2}""", "input_channels")]
    [TestCase("""{"cell": "conv_lstm", "cell": "conv_gru", "input_channels": 1, "hidden_channels": 2}""", "cell")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": "1", "hidden_channels": 2}""", "input_channels")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1.5, "hidden_channels": 2}""", "input_channels")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": null}""", "hidden_channels")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "padding": 1}""", "padding")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "padding": "same"}""", "padding")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "fixed_size": []}""", "fixed_size")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "fixed_size": [1, 2, 3, 4]}""", "fixed_size")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "fixed_size": "3x3"}""", "fixed_size")]
    [TestCase("""{"cell": "conv_lstm", "input_channels": 1, "hidden_channels": 2, "fixed_size": [1, [2]]}""", "fixed_size")]
    public void Parse_NoDescription_ThrowsModelFormatThatNamesTheFault(string json, string named) => Assert.That(
        () => LayerDescription.Parse(json, "layer.json"),
        Throws.TypeOf<ModelFormatException>().With.Message.StartsWith("layer.json: ").And.Message.Contains(named)
            .And.Property("Path").EqualTo("layer.json"));
}
