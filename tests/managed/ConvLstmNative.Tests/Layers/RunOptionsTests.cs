using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Masks, lengths and steps without input.</summary>
public sealed class RunOptionsTests : NativeFixture
{
    private static readonly ConvLstmOptions Options = new() { InputChannels = 2, HiddenChannels = 3, Mask = SequenceMask.Repeat };
    private static readonly SequenceShape Shape = new(3, 4, 2, 4, 5);

    [Test]
    public void ForwardBackward_Lengths_EqualTheirMask(
        [Values(SequenceLayout.BatchFirst, SequenceLayout.TimeFirst)] SequenceLayout layout,
        [Values(SequenceMask.Repeat, SequenceMask.Zero)] SequenceMask mask,
        [Values] RecurrentDirection direction)
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, Options with { Layout = layout, Mask = mask, Direction = direction }));
        float[] x = Numbers.Random(1, Shape.ElementCount);
        int[] flags = layout == SequenceLayout.BatchFirst
            ? [1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
            : [1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1];
        LayerRun lengths = LayerRun.Train(layer, Shape, x, new RunOptions { Lengths = [2, 0, 4] });
        LayerRun masked = LayerRun.Train(layer, Shape, x, new RunOptions { Mask = flags });
        Assert.That(masked.Output, Is.EqualTo(lengths.Output));
        Assert.That(masked.InputGradient, Is.EqualTo(lengths.InputGradient));
        Assert.That(masked.FinalState, Is.EqualTo(lengths.FinalState));
        Assert.That(masked.ParameterGradients, Is.EqualTo(lengths.ParameterGradients));
    }

    [Test]
    public void Forward_Mask_RepeatsTheOutputOrGivesZerosAndKeepsTheState([Values(SequenceMask.Repeat, SequenceMask.Zero)] SequenceMask mask)
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, Options with { Mask = mask, Layout = SequenceLayout.TimeFirst }));
        SequenceShape shape = Shape with { Batch = 1 };
        float[] x = Numbers.Random(2, shape.ElementCount);
        int frame = x.Length / 4;
        using RecurrentState state = layer.CreateState(shape);
        using RecurrentState shorter = layer.CreateState(shape);
        float[] y = Numbers.Poisoned(layer.OutputShape(shape).ElementCount);
        layer.Forward(x, shape, state, y, new RunOptions { Mask = [0, 1, 0, 1] });

        // The two steps that count, without the others.
        float[] counted = [.. x[frame..(2 * frame)], .. x[(3 * frame)..]];
        float[] expected = Numbers.Poisoned(y.Length / 2);
        layer.Forward(counted, shape with { Steps = 2 }, shorter, expected);
        int output = y.Length / 4;
        Assert.That(y[..output], Is.All.Zero);
        Assert.That(y[output..(2 * output)], Is.EqualTo(expected[..output]).Within(1e-6f));
        Assert.That(y[(2 * output)..(3 * output)], mask == SequenceMask.Zero ? Is.All.Zero : Is.EqualTo(y[output..(2 * output)]));
        Assert.That(y[(3 * output)..], Is.EqualTo(expected[output..]).Within(1e-6f));
        Assert.That(LayerRun.Parts(state)["c"], Is.EqualTo(LayerRun.Parts(shorter)["c"]).Within(1e-6f));
    }

    [Test]
    public void Forward_SkippedInputs_EqualALayerWithoutInputThatGoesOn()
    {
        ConvLstmOptions options = new() { InputChannels = 2, HiddenChannels = 3, Layout = SequenceLayout.TimeFirst };
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, options));
        using ConvLstm blind = new(Context, options with { InputChannels = 0 });
        LayerRun.CopyParameters(layer, string.Empty, blind);
        SequenceShape first = Shape with { Steps = 2 };
        float[] x = Numbers.Random(3, first.ElementCount);
        float[] y = LayerRun.Forward(layer, Shape, x, new RunOptions { InputSteps = 2 });

        float[] expected = Numbers.Poisoned(y.Length);
        using RecurrentState state = layer.CreateState(Shape);
        layer.Forward(x, first, state, expected.AsSpan(0, y.Length / 2));
        blind.Forward([], first with { Channels = 0 }, state, expected.AsSpan(y.Length / 2));
        Assert.That(y, Is.EqualTo(expected).Within(1e-6f));
    }

    [Test]
    public void ForwardBackward_NoStepHasInput_NeedsNone()
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, Options));
        LayerRun run = LayerRun.Train(layer, Shape, [], new RunOptions { InputSteps = 0 });
        Assert.That(run.Output, Is.All.Not.NaN.And.Some.Not.Zero);
        Assert.That(run.ParameterGradients["input_kernel"], Is.All.Zero);
        Assert.That(run.ParameterGradients["recurrent_kernel"], Has.Some.Not.Zero);
    }

    [Test]
    public void Forward_WrongOptions_NameThem()
    {
        using ConvLstm layer = new(Context, Options);
        using ConvLstm plain = new(Context, Options with { Mask = SequenceMask.None });
        float[] x = new float[Shape.ElementCount];
        float[] y = new float[layer.OutputShape(Shape).ElementCount];
        Refuse<ArgumentOutOfRangeException>("0 to 4, got 5", () => layer.Forward(x, Shape, null, y, new RunOptions { InputSteps = 5 }));
        Refuse<ArgumentOutOfRangeException>("got -1", () => layer.Forward(x, Shape, null, y, new RunOptions { InputSteps = -1 }));
        Refuse<ArgumentException>("expected 120", () => layer.Forward(x, Shape, null, y, new RunOptions { InputSteps = 1 }));
        Refuse<ShapeMismatchException>("length_count", () => layer.Forward(x, Shape, null, y, new RunOptions { Lengths = [1, 2] }));
        Refuse<InvalidArgumentException>("lengths", () => layer.Forward(x, Shape, null, y, new RunOptions { Lengths = [1, 2, 5] }));
        Refuse<ShapeMismatchException>("mask_count", () => layer.Forward(x, Shape, null, y, new RunOptions { Mask = new int[11] }));
        int[] twos = [.. Enumerable.Repeat(2, 12)];
        Refuse<InvalidArgumentException>("mask", () => layer.Forward(x, Shape, null, y, new RunOptions { Mask = twos }));
        Refuse<InvalidArgumentException>(
            "lengths", () => layer.Forward(x, Shape, null, y, new RunOptions { Mask = new int[12], Lengths = [1, 2, 3] }));
        Refuse<InvalidArgumentException>("CLN_MASK_NONE", () => plain.Forward(x, Shape, null, y, new RunOptions { Lengths = [1, 2, 3] }));

        static void Refuse<T>(string named, Action call)
            where T : Exception => Assert.That(call, Throws.TypeOf<T>().With.Message.Contains(named));
    }

    [Test]
    public void Forward_MasksAndSkippedInputs_AllocatesNothing()
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, Options));
        float[] x = Numbers.Random(5, Shape.ElementCount / 2);
        float[] y = new float[layer.OutputShape(Shape).ElementCount];
        int[] mask = [1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
        using RecurrentState state = layer.CreateState(Shape);
        Run(3);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(30);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run(int count)
        {
            for (int index = 0; index < count; index++)
            {
                layer.Forward(x, Shape, state, y, new RunOptions { InputSteps = 2, Mask = mask });
                layer.Forward(x, Shape, state, y, new RunOptions { InputSteps = 2, Lengths = [1, 2, 3] });
            }
        }
    }

    [Test]
    public void ForwardTraining_DropoutSeed_DecidesWhatIsDropped()
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, Options with { InputDropout = 0.4f, RecurrentDropout = 0.3f }));
        float[] x = Numbers.Random(6, Shape.ElementCount);
        float[] one = LayerRun.Train(layer, Shape, x, new RunOptions { DropoutSeed = 1 }).Output;
        Assert.That(LayerRun.Train(layer, Shape, x, new RunOptions { DropoutSeed = 1 }).Output, Is.EqualTo(one));
        Assert.That(LayerRun.Train(layer, Shape, x, new RunOptions { DropoutSeed = 2 }).Output, Is.Not.EqualTo(one));
        Assert.That(LayerRun.Forward(layer, Shape, x, new RunOptions { DropoutSeed = 2 }), Is.EqualTo(LayerRun.Forward(layer, Shape, x)));
    }
}
