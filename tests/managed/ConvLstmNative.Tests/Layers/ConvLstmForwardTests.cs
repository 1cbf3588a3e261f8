using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class ConvLstmForwardTests : NativeFixture
{
    // float32 sums of some hundred products against double: errors of 1e-6, and a wide margin.
    private const double Tolerance = 2e-5;

    private static IEnumerable<TestCaseData> Shapes()
    {
        // (N, T, C, H, W), F, Kx, Kh, peephole, bias
        yield return new(new SequenceShape(1, 1, 1, 1, 1), 1, new Sizes(1, 1), new Sizes(1, 1), Peephole.None, true);
        yield return new(new SequenceShape(2, 3, 3, 1, 1), 5, new Sizes(3, 3), new Sizes(5, 5), Peephole.PerChannel, true);
        yield return new(new SequenceShape(1, 4, 2, 7, 9), 3, new Sizes(5, 5), new Sizes(1, 1), Peephole.PerChannel, false);
        yield return new(new SequenceShape(3, 2, 1, 1, 11), 17, new Sizes(2, 4), new Sizes(3, 2), Peephole.None, false);
        yield return new(new SequenceShape(2, 3, 4, 13, 6), 8, new Sizes(3, 1), new Sizes(1, 3), Peephole.PerChannel, true);
        yield return new(new SequenceShape(1, 3, 0, 6, 5), 4, new Sizes(3, 3), new Sizes(3, 3), Peephole.PerChannel, true);
    }

    [TestCase(Peephole.None)]
    [TestCase(Peephole.PerChannel)]
    public void Forward_PrimersExample_EqualsPlainLoops(Peephole peephole)
    {
        // Images of 5x5 with 3 channels, hidden 10, kernel 3x3: the example of the primer that this project began with.
        Compare(
            new SequenceShape(1, 6, 3, 5, 5),
            new ConvLstmOptions { InputChannels = 3, HiddenChannels = 10, Peephole = peephole });
    }

    [TestCaseSource(nameof(Shapes))]
    public void Forward_AnyShape_EqualsPlainLoops(
        SequenceShape shape, int hidden, Sizes input, Sizes recurrent, Peephole peephole, bool bias) =>
        Compare(shape, new ConvLstmOptions
        {
            InputChannels = shape.Channels,
            HiddenChannels = hidden,
            InputKernelSize = input,
            RecurrentKernelSize = recurrent,
            Peephole = peephole,
            Bias = bias,
            ForgetBias = 0.5f,
        });

    [Test]
    public void Forward_KerasOneStep_GivesGoldenSums()
    {
        (double hidden, double cell) = Keras(new SequenceShape(2, 1, 3, 5, 5), 10);
        Assert.That(hidden, Is.EqualTo(188.89502).Within(1e-3));
        Assert.That(cell, Is.EqualTo(2170.444).Within(1e-2));
    }

    [Test]
    public void Forward_KerasThreeSteps_GivesGoldenSum()
    {
        (double hidden, _) = Keras(new SequenceShape(2, 3, 3, 5, 5), 100);
        Assert.That(hidden, Is.EqualTo(119.812454).Within(1e-3));
    }

    [Test]
    public void Forward_SequenceCutInTwo_EqualsWhole()
    {
        using ConvLstm layer = Layer(new ConvLstmOptions { InputChannels = 2, HiddenChannels = 5, Peephole = Peephole.PerChannel });
        SequenceShape whole = new(1, 5, 2, 6, 7);
        float[] x = Numbers.Random(1, whole.ElementCount);
        float[] expected = Numbers.Poisoned(layer.OutputShape(whole).ElementCount);
        float[] actual = Numbers.Poisoned(expected.Length);
        layer.Forward(x, whole, null, expected);

        using RecurrentState state = layer.CreateState(whole);
        int frame = 2 * 6 * 7;
        int output = 5 * 6 * 7;
        layer.Forward(x.AsSpan(0, 2 * frame), whole with { Steps = 2 }, state, actual.AsSpan(0, 2 * output));
        layer.Forward(x.AsSpan(2 * frame), whole with { Steps = 3 }, state, actual.AsSpan(2 * output));

        // Between calls the state is rounded to float32; within one an executor may keep more.
        Assert.That(actual, Is.EqualTo(expected).Within(1e-6f));
    }

    [Test]
    public void Forward_TimeFirst_EqualsBatchFirst()
    {
        ConvLstmOptions options = new() { InputChannels = 2, HiddenChannels = 3 };
        using ConvLstm batchFirst = Layer(options);
        using ConvLstm timeFirst = Layer(options with { Layout = SequenceLayout.TimeFirst });
        SequenceShape shape = new(3, 4, 2, 5, 3);
        float[] x = Numbers.Random(2, shape.ElementCount);
        float[] expected = Numbers.Poisoned(batchFirst.OutputShape(shape).ElementCount);
        float[] actual = Numbers.Poisoned(expected.Length);
        batchFirst.Forward(x, shape, null, expected);
        timeFirst.Forward(Transpose(x, 3, 4), shape, null, actual);
        Assert.That(Transpose(actual, 4, 3), Is.EqualTo(expected));
    }

    [Test]
    public void Forward_LastOutput_EqualsLastOfSequence()
    {
        ConvLstmOptions options = new() { InputChannels = 2, HiddenChannels = 3 };
        using ConvLstm all = Layer(options);
        using ConvLstm last = Layer(options with { Output = RecurrentOutput.Last });
        SequenceShape shape = new(1, 4, 2, 5, 3);
        float[] x = Numbers.Random(3, shape.ElementCount);
        float[] sequence = Numbers.Poisoned(all.OutputShape(shape).ElementCount);
        float[] actual = Numbers.Poisoned(last.OutputShape(shape).ElementCount);
        all.Forward(x, shape, null, sequence);
        last.Forward(x, shape, null, actual);
        Assert.That(actual, Is.EqualTo(sequence[^actual.Length..]));
    }

    [Test]
    public void Forward_Tensors_EqualsSpans()
    {
        using ConvLstm layer = Layer(new ConvLstmOptions { InputChannels = 3, HiddenChannels = 4 });
        SequenceShape shape = new(2, 3, 3, 4, 6);
        float[] x = Numbers.Random(4, shape.ElementCount);
        float[] expected = Numbers.Poisoned(layer.OutputShape(shape).ElementCount);
        layer.Forward(x, shape, null, expected);

        using Tensor input = Tensor.FromSpan(Context, x, 2, 3, 3, 4, 6);
        using Tensor output = Tensor.FromSpan(Context, Numbers.Poisoned(expected.Length), 2, 3, 4, 4, 6);
        layer.Forward(input, shape, null, output);
        Assert.That(output.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void Forward_SteadyState_AllocatesNothing()
    {
        using ConvLstm layer = Layer(new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 });
        SequenceShape[] shapes = [new(1, 4, 2, 5, 3), new(2, 2, 2, 4, 4)];
        float[] x = Numbers.Random(5, shapes.Max(shape => shape.ElementCount));
        float[] y = new float[shapes.Max(shape => layer.OutputShape(shape).ElementCount)];
        using RecurrentState state = layer.CreateState(shapes[0]);
        Run(3);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(50);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run(int count)
        {
            for (int index = 0; index < count; index++)
            {
                layer.Forward(x.AsSpan(0, (int)shapes[0].ElementCount), shapes[0], state, y.AsSpan(0, 4 * 3 * 5 * 3));
                layer.Forward(x.AsSpan(0, (int)shapes[1].ElementCount), shapes[1], null, y.AsSpan(0, 2 * 2 * 3 * 4 * 4));
            }
        }
    }

    [Test]
    public void Forward_MoreShapesThanTheCacheHolds_KeepsABoundedNumberOfSessions()
    {
        using ConvLstm layer = Layer(new ConvLstmOptions { InputChannels = 1, HiddenChannels = 2 });
        for (int width = 1; width <= 20; width++)
        {
            SequenceShape shape = new(1, 1, 1, 3, width);
            layer.Forward(new float[shape.ElementCount], shape, null, new float[layer.OutputShape(shape).ElementCount]);
        }

        Assert.That(DebugCounters.Read(NativeObjectKind.Session).Objects, Is.InRange(1, 8));
        layer.TrimCache();
        Assert.That(DebugCounters.Read(NativeObjectKind.Session).Objects, Is.Zero);
    }

    private ConvLstm Layer(ConvLstmOptions options)
    {
        ConvLstm layer = new(Context, options);
        int seed = 100;
        foreach (LayerParameter parameter in layer.Parameters)
            layer.SetParameter(parameter.Name, Numbers.Random(seed++, parameter.ElementCount, 0.4f));
        return layer;
    }

    private void Compare(SequenceShape shape, ConvLstmOptions options)
    {
        using ConvLstm layer = Layer(options);
        using RecurrentState state = layer.CreateState(shape);
        float[] h = Numbers.Random(11, state.PartElementCount);
        float[] c = Numbers.Random(12, state.PartElementCount);
        state.SetHidden(h);
        state.SetCell(c);
        float[] x = Numbers.Random(13, shape.ElementCount);
        float[] y = Numbers.Poisoned(layer.OutputShape(shape).ElementCount);
        layer.Forward(x, shape, state, y);

        double[] expectedH = Numbers.ToDouble(h);
        double[] expectedC = Numbers.ToDouble(c);
        double[] expected = ReferenceConvLstm.Of(layer).Forward(Numbers.ToDouble(x), shape, expectedH, expectedC);
        state.GetHidden(h);
        state.GetCell(c);
        Assert.That(Numbers.MaxDifference(y, expected), Is.LessThan(Tolerance), "y");
        Assert.That(Numbers.MaxDifference(h, expectedH), Is.LessThan(Tolerance), "h");
        Assert.That(Numbers.MaxDifference(c, expectedC), Is.LessThan(Tolerance), "c");
    }

    // Keras' own unit tests: values are arange in channels-last order, gates i f c o, bias 1 for the forget gate.
    private (double Hidden, double Cell) Keras(SequenceShape shape, float scale)
    {
        using ConvLstm layer = new(Context, new ConvLstmOptions { InputChannels = 3, HiddenChannels = 4 });
        Fill(layer, "input_kernel", 0.01f);
        Fill(layer, "recurrent_kernel", 0.02f);
        float[] bias = new float[16];
        bias.AsSpan(4, 4).Fill(1);
        layer.SetParameter("bias", bias);
        using RecurrentState state = layer.CreateState(shape);
        float[] initial = ChannelsFirst(2, 4, scale);
        state.SetHidden(initial);
        state.SetCell(initial);
        layer.Forward(
            ChannelsFirst(2 * shape.Steps, 3, scale), shape, state, Numbers.Poisoned(layer.OutputShape(shape).ElementCount));
        float[] h = new float[state.PartElementCount];
        float[] c = new float[state.PartElementCount];
        state.GetHidden(h);
        state.GetCell(c);
        return (h.Sum(value => (double)value), c.Sum(value => (double)value));
    }

    private static float[] ChannelsFirst(int images, int channels, float scale)
    {
        float[] values = new float[images * channels * 25];
        for (int index = 0; index < values.Length; index++)
        {
            (int pixel, int channel) = Math.DivRem(index, channels);
            (int image, int place) = Math.DivRem(pixel, 25);
            values[(((image * channels) + channel) * 25) + place] = index / scale;
        }

        return values;
    }

    private static void Fill(ConvLstm layer, string name, float value)
    {
        float[] values = new float[layer.Parameters.Single(parameter => parameter.Name == name).ElementCount];
        Array.Fill(values, value);
        layer.SetParameter(name, values);
    }

    // (a, b, rest) → (b, a, rest)
    private static float[] Transpose(float[] values, int a, int b)
    {
        int rest = values.Length / (a * b);
        float[] result = new float[values.Length];
        for (int i = 0; i < a; i++)
            for (int j = 0; j < b; j++)
                values.AsSpan(((i * b) + j) * rest, rest).CopyTo(result.AsSpan(((j * a) + i) * rest));
        return result;
    }
}
