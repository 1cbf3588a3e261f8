using ConvLstmNative.Interop;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Sizes and parameters that are known before a layer exists, against what the native library says.</summary>
public sealed class OutputShapeTests : NativeFixture
{
    [Test]
    public unsafe void OutputShape_EveryPaddingStrideDilation_EqualsNative(
        [Values] ConvolutionPadding padding, [Values(1, 2, 3)] int rank, [Values(1, 2, 4)] int kernel)
    {
        Sizes before = padding == ConvolutionPadding.Explicit ? 2 : 0;
        Sizes after = padding == ConvolutionPadding.Explicit ? 1 : 0;
        int compared = 0;
        foreach ((int stride, int dilation) in new[] { (1, 1), (2, 1), (3, 1), (1, 2), (1, 3) })
        {
            using RecurrentLayer layer = RecurrentLayer.Create(Context, new ConvGruOptions
            {
                InputChannels = 1,
                HiddenChannels = 1,
                Rank = rank,
                InputKernelSize = kernel,
                InputStride = stride,
                InputDilation = dilation,
                Padding = padding,
                PaddingBefore = before,
                PaddingAfter = after,
            });
            for (int width = 1; width <= 12; width++)
            {
                SequenceShape shape = new(1, 1, 1, rank > 1 ? 13 - width : 1, width, rank > 2 ? 7 : 1);
                NativeSessionInfo info;
                try
                {
                    info = layer.Sessions.Get(shape).Info;
                }
                catch (ShapeMismatchException)
                {
                    Assert.That(() => layer.OutputShape(shape), Throws.ArgumentException.With.Message.Contains(shape.ToString()));
                    continue;
                }

                SequenceShape output = layer.OutputShape(shape);
                long[] sizes = [output.Depth, output.Height, output.Width];
                Assert.That(sizes[^rank..], Is.EqualTo(new ReadOnlySpan<long>(info.OutputSize, rank).ToArray()));
                Assert.That(output.Channels, Is.EqualTo(info.OutputChannels));
                compared++;
            }

            layer.TrimCache();
        }

        Assert.That(compared, Is.GreaterThan(10));
    }

    [TestCase(DirectionMerge.Concat, 6)]
    [TestCase(DirectionMerge.Average, 3)]
    public void OutputShape_Bidirectional_HasTheMergedChannels(DirectionMerge merge, int channels)
    {
        using ConvGru layer = new(Context, new ConvGruOptions
        {
            InputChannels = 2,
            HiddenChannels = 3,
            Direction = RecurrentDirection.Bidirectional,
            Merge = merge,
        });
        SequenceShape shape = new(1, 4, 2, 5, 6);
        Assert.That(layer.OutputShape(shape), Is.EqualTo(shape with { Channels = channels }));
        Assert.That(layer.Sessions.Get(shape).Info.OutputChannels, Is.EqualTo(channels));
    }

    [Test]
    public void OutputShape_SizesBeyondTheRank_AreRefused()
    {
        ConvGruOptions options = new() { InputChannels = 1, HiddenChannels = 1 };
        using ConvGru plane = new(Context, options);
        using ConvGru line = new(Context, options with { Rank = 1 });
        Assert.That(() => plane.OutputShape(new SequenceShape(1, 1, 1, 4, 4, 2)), Throws.ArgumentException.With.Message.Contains("rank 2"));
        Assert.That(() => line.OutputShape(new SequenceShape(1, 1, 1, 4, 4)), Throws.ArgumentException.With.Message.Contains("rank 1"));
        Assert.That(() => plane.OutputShape(new SequenceShape(1, 1, 1, 4, 4, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static IEnumerable<RecurrentOptions> Descriptions()
    {
        ConvLstmOptions lstm = new() { InputChannels = 2, HiddenChannels = 4, InputKernelSize = new Sizes(2, 3), RecurrentKernelSize = new Sizes(1, 5) };
        yield return lstm;
        yield return lstm with { InputChannels = 0, Bias = false };
        yield return lstm with { RecurrentBias = true, Peephole = Peephole.PerChannel };
        yield return lstm with { Peephole = Peephole.PerPixel, FixedSize = new Sizes(4, 6), Normalization = Normalization.Layer };
        yield return lstm with { Normalization = Normalization.Group, NormalizationGroupChannels = 2, Layers = 2 };
        yield return lstm with { Layers = 3, Direction = RecurrentDirection.Bidirectional };
        yield return lstm with { Layers = 2, Direction = RecurrentDirection.Bidirectional, Merge = DirectionMerge.Sum, InputChannels = 0 };
        ConvGruOptions gru = new() { InputChannels = 2, HiddenChannels = 4, Rank = 3, RecurrentBias = true };
        yield return gru;
        yield return gru with { ResetAfter = true, Normalization = Normalization.Layer, FixedSize = new Sizes(2, 3, 4) };
        yield return gru with { Rank = 1, Normalization = Normalization.Group, NormalizationGroupChannels = 4, RecurrentBias = false };
        SpatioTemporalLstmOptions st = new() { InputChannels = 2, HiddenChannels = 4, RecurrentBias = true };
        yield return st;
        yield return st with { Direction = RecurrentDirection.Bidirectional };
        yield return st with { Layers = 2, Normalization = Normalization.Layer, FixedSize = 3, InputChannels = 0 };
    }

    [TestCaseSource(nameof(Descriptions))]
    public void Parameters_KnownFromTheDescription_EqualNative(RecurrentOptions options)
    {
        using RecurrentLayer layer = RecurrentLayer.Create(Context, options);
        Assert.That(
            RecurrentParameter.Of(options).Select(parameter => $"{parameter.Name} {string.Join('x', parameter.Shape)}"),
            Is.EqualTo(layer.Parameters.Select(parameter => $"{parameter.Name} {string.Join('x', parameter.Shape)}")));
    }

    [TestCaseSource(nameof(Descriptions))]
    public unsafe void StateParts_KnownFromTheDescription_EqualNative(RecurrentOptions options)
    {
        using RecurrentLayer layer = RecurrentLayer.Create(Context, options);
        Sizes size = options.FixedSize == default ? 4 : options.FixedSize;
        using RecurrentState state = layer.CreateState(new SequenceShape(
            2, 1, options.InputChannels, options.Rank > 1 ? size.Height : 1, size.Width, options.Rank > 2 ? size.Depth : 1));
        int count;
        NativeMethods.StateGetPartCount(state.Handle, &count).ThrowIfFailed();
        Assert.That(state.PartCount, Is.EqualTo(count));
        Assert.That(state.PartShape, Has.Length.EqualTo(options.Rank + 2));
    }
}
