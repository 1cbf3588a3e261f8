using System.Runtime.InteropServices;
using ConvLstmNative.Interop;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>That each option reaches the native description and changes the result. What the results are is compared in the native
/// tests and in those of the compositions.</summary>
public sealed class RecurrentOptionTests : NativeFixture
{
    private static readonly ConvLstmOptions Lstm = new() { InputChannels = 2, HiddenChannels = 4 };
    private static readonly ConvGruOptions Gru = new() { InputChannels = 2, HiddenChannels = 4 };
    private static readonly SpatioTemporalLstmOptions Spatiotemporal = new() { InputChannels = 2, HiddenChannels = 4 };

    private static IEnumerable<TestCaseData> Changes()
    {
        yield return Case(nameof(Lstm.InputChannels), Lstm, Lstm with { InputChannels = 3 });
        yield return Case(nameof(Lstm.HiddenChannels), Lstm, Lstm with { HiddenChannels = 3 });
        yield return Case(nameof(Lstm.Rank), Lstm, Lstm with { Rank = 3 });
        yield return Case(nameof(Lstm.InputKernelSize), Lstm, Lstm with { InputKernelSize = 1 });
        yield return Case(nameof(Lstm.InputStride), Lstm, Lstm with { InputStride = 2 });
        yield return Case(nameof(Lstm.InputDilation), Lstm, Lstm with { InputDilation = 2 });
        yield return Case(nameof(Lstm.Padding), Lstm, Lstm with { Padding = ConvolutionPadding.Valid });
        ConvLstmOptions padded = Lstm with { Padding = ConvolutionPadding.Explicit };
        yield return Case(nameof(Lstm.PaddingBefore), padded, padded with { PaddingBefore = 1 });
        yield return Case(nameof(Lstm.PaddingAfter), padded, padded with { PaddingAfter = 1 });
        yield return Case(nameof(Lstm.RecurrentKernelSize), Lstm, Lstm with { RecurrentKernelSize = 1 });
        yield return Case(nameof(Lstm.RecurrentDilation), Lstm, Lstm with { RecurrentDilation = 2 });
        yield return Case(nameof(Lstm.Bias), Lstm, Lstm with { Bias = false });
        yield return Case(nameof(Lstm.RecurrentBias), Lstm, Lstm with { RecurrentBias = true });
        yield return Case(nameof(Lstm.GateActivation), Lstm, Lstm with { GateActivation = GateActivation.HardSigmoidKeras3 });
        yield return Case(nameof(Lstm.CellActivation), Lstm, Lstm with { CellActivation = CellActivation.Relu });
        ConvLstmOptions grouped = Lstm with { Normalization = Normalization.Group, NormalizationGroupChannels = 4 };
        yield return Case(nameof(Lstm.Normalization), Lstm with { NormalizationGroupChannels = 4 }, grouped);
        yield return Case(nameof(Lstm.NormalizationGroupChannels), grouped, grouped with { NormalizationGroupChannels = 8 });
        yield return Case(nameof(Lstm.NormalizationEpsilon), grouped, grouped with { NormalizationEpsilon = 0.5f });
        yield return Case(nameof(Lstm.Mask), Lstm with { Mask = SequenceMask.Zero }, Lstm with { Mask = SequenceMask.Repeat });
        yield return Case(nameof(Lstm.Direction), Lstm, Lstm with { Direction = RecurrentDirection.Reverse });
        ConvLstmOptions both = Lstm with { Direction = RecurrentDirection.Bidirectional, Merge = DirectionMerge.Sum };
        yield return Case(nameof(Lstm.Merge), both, both with { Merge = DirectionMerge.Mul });
        yield return Case(nameof(Lstm.Layers), Lstm, Lstm with { Layers = 2 });
        yield return Case(nameof(Lstm.Storage), Lstm, Lstm with { Storage = Storage.Bfloat16 });
        yield return Case(nameof(Lstm.InputDropout), Lstm, Lstm with { InputDropout = 0.5f });
        yield return Case(nameof(Lstm.RecurrentDropout), Lstm, Lstm with { RecurrentDropout = 0.5f });
        yield return Case(nameof(Lstm.Layout), Lstm, Lstm with { Layout = SequenceLayout.TimeFirst });
        yield return Case(nameof(Lstm.Output), Lstm, Lstm with { Output = RecurrentOutput.Last });
        yield return Case(nameof(Lstm.FixedSize), Lstm, Lstm with { FixedSize = new Sizes(5, 6), Peephole = Peephole.PerPixel });
        yield return Case(nameof(Lstm.Peephole), Lstm, Lstm with { Peephole = Peephole.PerChannel });
        yield return Case(nameof(Lstm.ForgetBias), Lstm, Lstm with { ForgetBias = 1 });
        yield return Case(nameof(Lstm.CellClip), Lstm, Lstm with { CellClip = 0.1f });
        yield return Case(nameof(Gru.ResetAfter), Gru, Gru with { ResetAfter = true });
        yield return Case(nameof(Spatiotemporal.ForgetBias), Spatiotemporal, Spatiotemporal with { ForgetBias = 1 });

        static TestCaseData Case(string property, RecurrentOptions from, RecurrentOptions to) =>
            new TestCaseData(from, to).SetArgDisplayNames($"{from.GetType().Name}.{property}").SetProperty("property", property);
    }

    [TestCaseSource(nameof(Changes))]
    public void Create_OneOptionChanged_ChangesDescriptionAndResult(RecurrentOptions from, RecurrentOptions to)
    {
        Assert.That(Bytes(to), Is.Not.EqualTo(Bytes(from)));
        Assert.That(Run(to), Is.Not.EqualTo(Run(from)));
    }

    [Test]
    public void Changes_Together_AreEveryOption()
    {
        string[] covered = [.. Changes().Select(change => (string)change.Properties.Get("property")!).Distinct().Order()];
        string[] all =
        [
            .. new[] { typeof(ConvLstmOptions), typeof(ConvGruOptions), typeof(SpatioTemporalLstmOptions) }
                .SelectMany(type => type.GetProperties()).Select(property => property.Name).Distinct().Order(),
        ];
        Assert.That(covered, Is.EqualTo(all));
    }

    [Test]
    public unsafe void Describe_Defaults_AreTheNativeDefaults()
    {
        NativeRecurrentDesc expected = new() { StructSize = (uint)sizeof(NativeRecurrentDesc) };
        NativeMethods.RecurrentDescInit(&expected).ThrowIfFailed();
        (expected.InputChannels, expected.HiddenChannels) = (2, 4);

        // Sizes of all three dimensions, of which the library looks at the first two.
        Assert.That(Bytes(Lstm), Is.EqualTo(Bytes(expected)));
    }

    [Test]
    public void Create_SizesOfAnotherRank_NamesTheOption()
    {
        Refuses(Lstm with { InputKernelSize = new Sizes(3, 3, 3) }, "InputKernelSize", "3x3x3");
        Refuses(Lstm with { Rank = 3, RecurrentDilation = new Sizes(1, 2) }, "RecurrentDilation", "1x2");
        Refuses(Lstm with { Rank = 1, InputStride = new Sizes(1, 2) }, "InputStride", "1x2");
        Refuses(Lstm with { Rank = 4 }, "Rank", "4");
        Refuses(Lstm with { Rank = 0 }, "Rank", "0");
    }

    [Test]
    public void Create_ContradictingOptions_NamesTheField()
    {
        Refuses(Lstm with { InputStride = 2, InputDilation = 2 }, "input_stride", "above 1");
        Refuses(Lstm with { PaddingBefore = 1 }, "padding_before", "1");
        Refuses(Lstm with { Peephole = Peephole.PerPixel }, "fixed_size", "0");
        Refuses(Lstm with { FixedSize = 4 }, "fixed_size", "4");
        Refuses(Lstm with { Layers = 0 }, "layers", "0");
        Refuses(Lstm with { InputDropout = 1 }, "input_dropout", "1");
        Refuses(Lstm with { Normalization = Normalization.Group, NormalizationGroupChannels = 5 }, "norm_group_channels", "5");
        Refuses(Gru with { ResetAfter = true, Normalization = Normalization.Group, NormalizationGroupChannels = 1 }, "normalization", "GROUP");
        Refuses(Spatiotemporal with { Layers = 2, Direction = RecurrentDirection.Bidirectional }, "direction", "BIDIRECTIONAL");
    }

    private void Refuses(RecurrentOptions options, string name, string actual) => Assert.That(
        () => RecurrentLayer.Create(Context, options),
        Throws.TypeOf<InvalidArgumentException>().With.Message.Contains(name).And.Message.Contains(actual));

    private static byte[] Bytes(RecurrentOptions options) => Bytes(RecurrentDescription.Describe(options));

    private static byte[] Bytes(NativeRecurrentDesc desc) => MemoryMarshal.AsBytes(new ReadOnlySpan<NativeRecurrentDesc>(ref desc)).ToArray();

    // A training forward, so that dropout acts, with a mask where the layer can have one.
    private float[] Run(RecurrentOptions options)
    {
        using RecurrentLayer layer = LayerRun.Fill(RecurrentLayer.Create(Context, options));
        SequenceShape shape = new(2, 3, options.InputChannels, 5, 6, options.Rank == 3 ? 2 : 1);
        RunOptions run = new() { Lengths = options.Mask == SequenceMask.None ? [] : [1, 3], DropoutSeed = 5 };
        return LayerRun.Train(layer, shape, Numbers.Random(4, shape.ElementCount), run).Output;
    }
}
