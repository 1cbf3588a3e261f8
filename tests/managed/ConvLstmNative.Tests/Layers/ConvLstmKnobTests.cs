using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>That each option reaches the native layer. The numbers of the functions are compared in the native tests.</summary>
public sealed class ConvLstmKnobTests : NativeFixture
{
    private const double Tolerance = 1e-6;

    [Test]
    public void Forward_OnePixel_FollowsTheActivations(
        [Values] GateActivation gates, [Values] CellActivation cell, [Values(0, 0.25f)] float clip)
    {
        using ConvLstm layer = OnePixel(new ConvLstmOptions
        {
            InputChannels = 0,
            HiddenChannels = 1,
            RecurrentKernelSize = 1,
            GateActivation = gates,
            CellActivation = cell,
            CellClip = clip,
        });
        float[] pre = [0.7f, 0.4f, 0.9f, -1.1f];
        layer.SetParameter("bias", pre);
        const double before = 0.8;
        double c = (Gate(gates, pre[1]) * before) + (Gate(gates, pre[0]) * Cell(cell, pre[2]));
        if (clip > 0)
            c = Math.Clamp(c, -clip, clip);
        float[] y = Numbers.Poisoned(1);
        SequenceShape shape = new(1, 1, 0, 1, 1);
        using RecurrentState state = layer.CreateState(shape);
        state.SetCell([(float)before]);
        layer.Forward([], shape, state, y);
        Assert.That(y[0], Is.EqualTo(Gate(gates, pre[3]) * Cell(cell, c)).Within(Tolerance));
    }

    [Test]
    public void Forward_TwoBiases_ActAsTheirSum()
    {
        ConvLstmOptions options = new() { InputChannels = 1, HiddenChannels = 2 };
        using ConvLstm one = new(Context, options);
        using ConvLstm two = new(Context, options with { RecurrentBias = true });
        one.Initialize(1);
        two.Initialize(1);
        Assert.That(two.Parameters.Select(parameter => parameter.Name), Is.EqualTo(new[] { "input_kernel", "recurrent_kernel", "bias", "recurrent_bias" }));
        one.SetParameter("bias", [1, 2, 3, 4, 5, 6, 7, 8]);
        two.SetParameter("bias", [1, 1, 1, 1, 5, 5, 5, 5]);
        two.SetParameter("recurrent_bias", [0, 1, 2, 3, 0, 1, 2, 3]);
        SequenceShape shape = new(1, 2, 1, 3, 3);
        Assert.That(Run(two, shape, Numbers.Random(1, 18)), Is.EqualTo(Run(one, shape, Numbers.Random(1, 18))));
    }

    [TestCase(SequenceLayout.BatchFirst, SequenceLayout.BatchFirstChannelsLast)]
    [TestCase(SequenceLayout.TimeFirst, SequenceLayout.TimeFirstChannelsLast)]
    public void ForwardBackward_ChannelsLast_EqualsTransposedChannelsFirst(SequenceLayout channelsFirst, SequenceLayout channelsLast)
    {
        SequenceShape shape = new(2, 3, 4, 5, 3);
        ConvLstmOptions options = new() { InputChannels = 4, HiddenChannels = 5, Layout = channelsFirst };
        float[] x = Numbers.Random(2, shape.ElementCount);
        float[] dy = Numbers.Random(3, 2 * 3 * 5 * 15);
        using ConvLstm first = new(Context, options);
        using ConvLstm last = new(Context, options with { Layout = channelsLast });
        (float[] y, float[] dx) expected = Train(first, shape, x, dy);
        (float[] y, float[] dx) actual = Train(last, shape, Transpose(x, 4, 15), Transpose(dy, 5, 15));
        Assert.That(Transpose(actual.y, 15, 5), Is.EqualTo(expected.y));
        Assert.That(Transpose(actual.dx, 15, 4), Is.EqualTo(expected.dx));
    }

    [Test]
    public void Create_BadValue_ThrowsTypedExceptionThatNamesTheField()
    {
        ConvLstmOptions good = new() { InputChannels = 1, HiddenChannels = 1 };
        ThrowsInvalid(good with { GateActivation = (GateActivation)3 }, "gate_activation");
        ThrowsInvalid(good with { CellActivation = (CellActivation)(-1) }, "cell_activation");
        ThrowsInvalid(good with { Layout = (SequenceLayout)4 }, "layout");
        ThrowsInvalid(good with { CellClip = -1 }, "cell_clip");
        ThrowsInvalid(good with { Bias = false, RecurrentBias = true }, "RecurrentBias");
        foreach (float clip in new[] { float.NaN, float.PositiveInfinity })
            Assert.That(() => new ConvLstm(Context, good with { CellClip = clip }), Throws.TypeOf<NotFiniteException>().With.Message.Contains("cell_clip"));
    }

    private void ThrowsInvalid(ConvLstmOptions options, string field) =>
        Assert.That(() => new ConvLstm(Context, options), Throws.TypeOf<InvalidArgumentException>().With.Message.Contains(field));

    private ConvLstm OnePixel(ConvLstmOptions options) => new(Context, options);

    private static float[] Run(ConvLstm layer, SequenceShape shape, float[] x)
    {
        float[] y = Numbers.Poisoned(layer.OutputShape(shape).ElementCount);
        layer.Forward(x, shape, null, y);
        return y;
    }

    private (float[] Output, float[] InputGradient) Train(ConvLstm layer, SequenceShape shape, float[] x, float[] dy)
    {
        layer.Initialize(7);
        float[] output = Numbers.Poisoned(dy.Length);
        float[] inputGradient = Numbers.Poisoned(x.Length);
        using Tensor input = Tensor.FromSpan(Context, x, x.Length);
        using Tensor y = Tensor.FromSpan(Context, output, output.Length);
        using Tensor gradient = Tensor.FromSpan(Context, dy, dy.Length);
        using Tensor dx = Tensor.FromSpan(Context, inputGradient, inputGradient.Length);
        using TrainingTape tape = layer.CreateTape(shape);
        layer.ForwardTraining(input, shape, null, tape, y);
        layer.Backward(input, shape, tape, gradient, null, dx);
        y.Download(output);
        dx.Download(inputGradient);
        return (output, inputGradient);
    }

    /// <summary>Images of (rows, columns), one after the other, turned into (columns, rows).</summary>
    private static float[] Transpose(float[] from, int rows, int columns)
    {
        float[] to = Numbers.Poisoned(from.Length);
        for (int index = 0; index < from.Length; index++)
        {
            int image = index / (rows * columns);
            int row = index / columns % rows;
            to[(image * rows * columns) + (index % columns * rows) + row] = from[index];
        }

        return to;
    }

    private static double Gate(GateActivation kind, double v) => kind switch
    {
        GateActivation.HardSigmoidKeras2 => Math.Clamp((0.2 * v) + 0.5, 0, 1),
        GateActivation.HardSigmoidKeras3 => Math.Clamp((v / 6) + 0.5, 0, 1),
        _ => 1 / (1 + Math.Exp(-v)),
    };

    private static double Cell(CellActivation kind, double v) => kind switch
    {
        CellActivation.Relu => Math.Max(v, 0),
        CellActivation.Sigmoid => 1 / (1 + Math.Exp(-v)),
        CellActivation.Linear => v,
        _ => Math.Tanh(v),
    };
}
