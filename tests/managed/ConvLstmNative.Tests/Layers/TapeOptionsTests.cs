using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Tapes that bound their memory, and gradients that stop.</summary>
public sealed class TapeOptionsTests : NativeFixture
{
    private static readonly SequenceShape Shape = new(2, 7, 2, 4, 5);

    private static IEnumerable<RecurrentOptions> Layers()
    {
        ConvLstmOptions lstm = new() { InputChannels = 2, HiddenChannels = 3, Peephole = Peephole.PerChannel };
        yield return lstm;
        yield return lstm with { Layers = 2, Direction = RecurrentDirection.Bidirectional, Output = RecurrentOutput.Last };
        yield return new ConvGruOptions { InputChannels = 2, HiddenChannels = 3, Direction = RecurrentDirection.Reverse, RecurrentDropout = 0.3f };
        yield return new SpatioTemporalLstmOptions { InputChannels = 2, HiddenChannels = 3, Layers = 2 };
    }

    [TestCaseSource(nameof(Layers))]
    public void Backward_Checkpoints_GiveTheSameGradients(RecurrentOptions options)
    {
        using RecurrentLayer layer = LayerRun.Fill(RecurrentLayer.Create(Context, options));
        float[] x = Numbers.Random(1, Shape.ElementCount);
        RunOptions run = new() { DropoutSeed = 3 };
        LayerRun kept = LayerRun.Train(layer, Shape, x, run);
        foreach (int every in new[] { 1, 2, 3, 7, 20 })
        {
            LayerRun checkpointed = LayerRun.Train(layer, Shape, x, run, new TapeOptions { CheckpointEvery = every });
            Assert.That(checkpointed.Output, Is.EqualTo(kept.Output));
            Assert.That(checkpointed.InputGradient, Is.EqualTo(kept.InputGradient), $"every {every}");
            Assert.That(checkpointed.StateGradient, Is.EqualTo(kept.StateGradient), $"every {every}");
            foreach ((string name, float[] gradient) in kept.ParameterGradients)
                Assert.That(checkpointed.ParameterGradients[name], Is.EqualTo(gradient).Within(1e-4f), $"{name}, every {every}");
        }
    }

    [Test]
    public void Bytes_Checkpoints_AreFewer()
    {
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 }));
        SequenceShape shape = Shape with { Steps = 64 };
        float[] x = Numbers.Random(1, shape.ElementCount);
        long kept = LayerRun.Train(layer, shape, x).TapeBytes;
        Assert.That(LayerRun.Train(layer, shape, x, tapeOptions: new TapeOptions { CheckpointEvery = 8 }).TapeBytes, Is.LessThan(kept / 2));
    }

    [Test]
    public void Backward_Truncated_EqualsCallsThatCarryTheStateAlone()
    {
        ConvLstmOptions options = new() { InputChannels = 2, HiddenChannels = 3, Layout = SequenceLayout.TimeFirst };
        using ConvLstm layer = LayerRun.Fill(new ConvLstm(Context, options));
        SequenceShape shape = Shape with { Steps = 5 };
        float[] x = Numbers.Random(1, shape.ElementCount);
        LayerRun truncated = LayerRun.Train(layer, shape, x, tapeOptions: new TapeOptions { TruncateEvery = 3 });

        // Steps 0 to 2 and 3 to 4, each with a backward pass of its own.
        using RecurrentState state = LayerRun.State(layer, shape, string.Empty);
        float[] dy = Numbers.Random(91, layer.OutputShape(shape).ElementCount);
        float[] dx = new float[x.Length];
        layer.ZeroGradients();
        foreach ((int begin, int count) in new[] { (0, 3), (3, 2) })
        {
            SequenceShape piece = shape with { Steps = count };
            int from = x.Length / 5 * begin, length = x.Length / 5 * count, outFrom = dy.Length / 5 * begin, outLength = dy.Length / 5 * count;
            using Tensor input = Tensor.FromSpan(Context, x.AsSpan(from, length), length);
            using Tensor gradient = Tensor.FromSpan(Context, dy.AsSpan(outFrom, outLength), outLength);
            using Tensor inputGradient = Tensor.Create(Context, length);
            using Tensor y = Tensor.Create(Context, outLength);
            using TrainingTape tape = layer.CreateTape(piece);
            using RecurrentState dstate = begin == 3 ? LayerRun.State(layer, shape, "gradient of ") : layer.CreateState(shape);
            layer.ForwardTraining(input, piece, state, tape, y);
            layer.Backward(input, piece, tape, gradient, dstate, inputGradient);
            inputGradient.Download(dx.AsSpan(from, length));
        }

        Assert.That(truncated.InputGradient, Is.EqualTo(dx).Within(1e-6f));
        foreach ((string name, float[] gradient) in LayerRun.Gradients(layer))
            Assert.That(truncated.ParameterGradients[name], Is.EqualTo(gradient).Within(1e-5f), name);
        Assert.That(LayerRun.Train(layer, shape, x).InputGradient, Is.Not.EqualTo(truncated.InputGradient));
    }

    [Test]
    public void CreateTape_BadOptions_NamesThem()
    {
        using ConvLstm layer = new(Context, new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 });
        Assert.That(
            () => layer.CreateTape(Shape, new TapeOptions { CheckpointEvery = -1 }),
            Throws.TypeOf<InvalidArgumentException>().With.Message.Contains("checkpoint_every"));
        Assert.That(
            () => layer.CreateTape(Shape, new TapeOptions { TruncateEvery = -1 }),
            Throws.TypeOf<InvalidArgumentException>().With.Message.Contains("truncate_every"));
        Assert.That(() => layer.CreateTape(Shape, null!), Throws.ArgumentNullException);
    }

    [Test]
    public void PeakBytes_AfterReset_HoldsTheMost()
    {
        DebugCounters.ResetPeak();
        long before = DebugCounters.PeakBytes;
        using (Context cpu = Context.Cpu(1))
        using (Tensor.Create(cpu, 1000))
        {
        }

        Assert.That(DebugCounters.PeakBytes, Is.GreaterThanOrEqualTo(before + 4000));
        Assert.That(DebugCounters.Total().Bytes, Is.LessThanOrEqualTo(before));
        DebugCounters.ResetPeak();
        Assert.That(DebugCounters.PeakBytes, Is.EqualTo(DebugCounters.Total().Bytes));
    }
}
