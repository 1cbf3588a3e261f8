using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>A call with the shape of the last one is checked less: what may not be skipped.</summary>
public sealed class RepeatedCallTests : NativeFixture
{
    private static readonly SequenceShape Shape = new(1, 2, 2, 4, 3);

    [Test]
    public void Forward_WrongAfterRight_IsRefusedAsAtFirst([Values] RecurrentOutput output, [Values] bool overTensors)
    {
        using ConvLstm layer = new(Context, new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3, Output = output });
        using ConvLstm fresh = new(Context, layer.Options);
        int inputs = (int)Shape.ElementCount;
        int outputs = (int)layer.OutputShape(Shape).ElementCount;
        foreach ((SequenceShape shape, int x, int y) in new[]
        {
            (Shape, inputs - 1, outputs), (Shape, inputs, outputs + 1), (Shape, 0, outputs), (Shape, inputs, 0),
            (Shape with { Channels = 1 }, inputs, outputs), (Shape with { Channels = 1 }, inputs / 2, outputs), (Shape with { Channels = 0 }, 0, outputs),
            (Shape with { Steps = 0 }, 0, 0), (Shape with { Steps = -2 }, inputs, outputs), (Shape with { Steps = 3 }, inputs, outputs),
            (Shape with { Steps = int.MinValue }, 0, 0), (Shape with { Depth = 2 }, inputs, outputs), (Shape with { Batch = -1, Steps = -2 }, inputs, outputs),
        })
        {
            Run(layer, Shape, inputs, outputs, default);
            Compare(shape, x, y, null);
        }

        foreach (int steps in new[] { -1, 1, 3, int.MinValue })
        {
            Run(layer, Shape, inputs, outputs, default);
            Compare(Shape, inputs, outputs, steps);
        }

        void Compare(SequenceShape shape, int x, int y, int? inputSteps)
        {
            Exception expected = Assert.Catch(() => Run(fresh, shape, x, y, new RunOptions { InputSteps = inputSteps }))!;
            Exception actual = Assert.Catch(() => Run(layer, shape, x, y, new RunOptions { InputSteps = inputSteps }))!;
            Assert.That(actual.GetType(), Is.EqualTo(expected.GetType()), $"{shape}: {actual.Message}");
            Assert.That(actual.Message, Is.EqualTo(expected.Message));
        }

        void Run(ConvLstm on, SequenceShape shape, int x, int y, RunOptions options)
        {
            if (overTensors)
            {
                using Tensor input = Tensor.Create(Context, x);
                using Tensor result = Tensor.Create(Context, y);
                on.Forward(input, shape, null, result, options);
            }
            else
            {
                on.Forward(new float[x], shape, null, new float[y], options);
            }
        }
    }

    [Test]
    public void Forward_OtherStepsOfTheSameSize_GivesTheSameAsAtFirst()
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 }));
        foreach (int steps in new[] { 1, 4, 2 })
        {
            SequenceShape shape = Shape with { Steps = steps };
            float[] x = Numbers.Random(steps, shape.ElementCount);
            using ConvLstm fresh = LayerRun.Fill(new ConvLstm(Context, layer.Options));
            Assert.That(LayerRun.Forward(layer, shape, x), Is.EqualTo(LayerRun.Forward(fresh, shape, x)));
        }
    }

    [Test]
    public void Forward_AfterTrimOrDispose_RunsAnewOrThrows()
    {
        ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 }));
        Conv2d convolution = LayerRun.Fill(new Conv2d(Context, new Conv2dOptions { InputChannels = 2, OutputChannels = 3 }));
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] y = Numbers.Poisoned(convolution.OutputShape(Shape).ElementCount);
        float[] expected = LayerRun.Forward(layer, Shape, x);
        convolution.Forward(x, Shape, y);
        layer.TrimCache();
        convolution.TrimCache();
        Assert.That(DebugCounters.Read(NativeObjectKind.Session).Objects, Is.Zero);
        Assert.That(LayerRun.Forward(layer, Shape, x), Is.EqualTo(expected));
        convolution.Forward(x, Shape, y);
        layer.Dispose();
        convolution.Dispose();
        Assert.That(() => layer.Forward(x, Shape, null, y), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => convolution.Forward(x, Shape, y), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Forward_DisposedStateOrTensor_ThrowsObjectDisposed()
    {
        using ConvLstm layer = new(Context, new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 });
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] y = new float[layer.OutputShape(Shape).ElementCount];
        RecurrentState state = layer.CreateState(Shape);
        Tensor input = Tensor.FromSpan(Context, x, x.Length);
        using Tensor output = Tensor.Create(Context, y.Length);
        layer.Forward(x, Shape, state, y);
        layer.Forward(input, Shape, state, output);
        state.Dispose();
        Assert.That(() => layer.Forward(x, Shape, state, y), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => layer.Forward(input, Shape, state, output), Throws.TypeOf<ObjectDisposedException>());
        input.Dispose();
        Assert.That(() => layer.Forward(input, Shape, null, output), Throws.TypeOf<ObjectDisposedException>());
    }

    /// <summary>Sessions and states are passed as values: who frees them during a call must harm nobody.</summary>
    [Test]
    public void Forward_WhileAnotherThreadTrimsAndDisposesStates_FailsCleanlyOrGivesTheRightOutput()
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 }));
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] expected = LayerRun.Forward(layer, Shape, x);
        RecurrentState state = layer.CreateState(Shape);
        bool isOver = false;
        Thread other = new(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                layer.TrimCache();
                Volatile.Read(ref state).Dispose();
                Thread.Yield();
            }
        });
        other.Start();
        int wrong = 0;
        int right = 0;
        for (int run = 0; run < 3000; run++)
        {
            float[] y = Numbers.Poisoned(expected.Length);
            state.Dispose();
            Volatile.Write(ref state, layer.CreateState(Shape));
            try
            {
                layer.Forward(x, Shape, state, y);
                right++;
                wrong += y.AsSpan().SequenceEqual(expected) ? 0 : 1;
            }
            catch (Exception exception) when (exception is ObjectDisposedException or InvalidHandleException or ContextBusyException)
            {
                // Freed before the call found it.
            }
        }

        Volatile.Write(ref isOver, true);
        other.Join();
        state.Dispose();
        Assert.That(wrong, Is.Zero);
        Assert.That(right, Is.Positive);
    }
}
