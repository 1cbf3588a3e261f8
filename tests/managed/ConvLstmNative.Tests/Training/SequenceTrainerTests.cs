using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class SequenceTrainerTests : NativeFixture
{
    // A large power of two: the rounding of the parameters becomes small beside their change.
    private const float Rate = 64;
    private static readonly OptimizerOptions PlainDescent = new() { Kind = OptimizerKind.Sgd, LearningRate = Rate, Momentum = 0 };

    [TestCaseSource(typeof(SequenceModelTests), nameof(SequenceModelTests.Descriptions))]
    public void Step_PlainDescent_MovesAgainstFiniteDifferences(SequenceModelOptions options)
    {
        // With no momentum, parameters before minus parameters after are the gradient times the learning rate.
        using TemporaryFolder folder = new();
        string before = folder.File("before.safetensors");
        string after = folder.File("after.safetensors");
        SequenceShape shape = new(2, 4, options.Channels, 6, 6);
        float[] frames = Numbers.Unit(1, shape.ElementCount);
        using (SequenceModel model = new(Context, options, seed: 2))
        using (SequenceTrainer trainer = new(model, PlainDescent))
        {
            model.Save(before);
            float loss = trainer.Step(frames, shape, inputSteps: 2);
            model.Save(after);
            double expected = new ReferenceSequenceModel(options, before).Loss(Numbers.ToDouble(frames), shape, 2);
            Assert.That(loss, Is.EqualTo(expected).Within(1e-6 + (1e-5 * expected)));
            Assert.That(trainer.StepCount, Is.EqualTo(1));
        }

        ReferenceSequenceModel start = new(options, before);
        ReferenceSequenceModel end = new(options, after);
        Random random = new(3);
        double sumOfSquares = 0;
        foreach ((string name, double[] values) in start.Parameters)
        {
            for (int sample = 0; sample < Math.Min(values.Length, 12); sample++)
            {
                int index = random.Next(values.Length);
                double actual = (values[index] - end.Parameters[name][index]) / Rate;
                double expected = Difference(start, values, index, Numbers.ToDouble(frames), shape);
                sumOfSquares += expected * expected;
                Assert.That(actual, Is.EqualTo(expected).Within(1e-8 + (1e-3 * Math.Abs(expected))), $"gradient by {name}[{index}]");
            }
        }

        Assert.That(sumOfSquares, Is.Positive);
    }

    [TestCase(Loss.MeanSquaredError, OptimizerKind.Adam)]
    [TestCase(Loss.BinaryCrossEntropy, OptimizerKind.Adam)]
    [TestCase(Loss.MeanSquaredError, OptimizerKind.Sgd)]
    public void Step_MovingDot_ReducesTheLoss(Loss loss, OptimizerKind kind)
    {
        using SequenceModel model = new(Context, new SequenceModelOptions { PatchSize = 2, Layers = [new() { HiddenChannels = 8 }], Loss = loss });
        using SequenceTrainer trainer = new(model, new OptimizerOptions { Kind = kind, LearningRate = kind == OptimizerKind.Adam ? 0.01f : 2f, MaxGradientNorm = 5 });
        SequenceShape shape = new(4, 6, 1, 8, 8);
        float[] frames = MovingDot(shape);
        float first = trainer.Step(frames, shape, 3);
        float last = first;
        for (int step = 0; step < 80; step++)
            last = trainer.Step(frames, shape, 3);
        Assert.That(last, Is.LessThan(0.75 * first), $"from {first}");
        Assert.That(trainer.GradientNorm, Is.Positive);
    }

    [Test]
    public void Step_WeightsOfOnePixel_MeasuresThatPixelAlone()
    {
        SequenceShape shape = new(2, 4, 1, 6, 6);
        const int InputSteps = 2;
        const int Pixel = 89;  // in the second of 2 sequences of 2 predicted frames of 36 pixels
        SequenceModelOptions options = new() { PatchSize = 2, Layers = [new() { HiddenChannels = 3 }] };
        float[] frames = Numbers.Unit(4, shape.ElementCount);
        using SequenceModel model = new(Context, options, seed: 5);
        float[] predicted = new float[2 * 2 * 36];
        float[] input = [.. frames[..72], .. frames[144..216]];
        model.Predict(input, shape with { Steps = InputSteps }, 2, predicted);
        float[] truth = [.. frames[72..144], .. frames[216..]];
        float[] weights = new float[predicted.Length];
        weights[Pixel] = 3;

        using SequenceTrainer trainer = new(model, PlainDescent with { LearningRate = 0 });
        float loss = trainer.Step(frames, shape, InputSteps, weights);

        double error = predicted[Pixel] - truth[Pixel];
        Assert.That(loss, Is.EqualTo(3 * error * error / predicted.Length).Within(1e-7));
        Assert.That(error, Is.Not.Zero);
        Assert.That(
            () => trainer.Step(frames, shape, InputSteps, weights.AsSpan(1)),
            Throws.InstanceOf<ArgumentException>().With.Message.Contains("weights").And.Message.Contains("144").And.Message.Contains("143"));
    }

    [TestCase(OptimizerKind.Adam)]
    [TestCase(OptimizerKind.Sgd)]
    public void Resume_AfterSave_GivesTheBitsOfUninterruptedTraining(OptimizerKind kind)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("checkpoint.safetensors");
        SequenceModelOptions options = SequenceModelTests.Descriptions().ElementAt(1);
        OptimizerOptions optimizer = new() { Kind = kind, LearningRate = 0.02f, MaxGradientNorm = 1 };
        SequenceShape shape = new(2, 4, 2, 6, 6);
        float[] frames = Numbers.Unit(4, shape.ElementCount);
        float[] expected = new float[6];
        float[] actual = new float[6];
        using (SequenceModel model = new(Context, options, seed: 6))
        using (SequenceTrainer trainer = new(model, optimizer))
        {
            for (int step = 0; step < 3; step++)
                expected[step] = trainer.Step(frames, shape, 2);
            trainer.LearningRate = 0.01f;
            trainer.Save(path);
            for (int step = 3; step < 6; step++)
                expected[step] = trainer.Step(frames, shape, 2);
        }

        expected.AsSpan(0, 3).CopyTo(actual);
        using SequenceTrainer resumed = SequenceTrainer.Resume(Context, path);
        Assert.That(resumed.StepCount, Is.EqualTo(3));
        Assert.That(resumed.LearningRate, Is.EqualTo(0.01f));
        Assert.That(resumed.OptimizerOptions, Is.EqualTo(optimizer with { LearningRate = 0.01f }));
        for (int step = 3; step < 6; step++)
            actual[step] = resumed.Step(frames, shape, 2);
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void Load_Checkpoint_GivesItsModel()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("checkpoint.safetensors");
        using SequenceModel model = new(Context, SequenceModelTests.Descriptions().First());
        using (SequenceTrainer trainer = new(model, new OptimizerOptions()))
            trainer.Save(path);
        using SequenceModel loaded = SequenceModel.Load(Context, path);
        Assert.That(loaded.ParameterCount, Is.EqualTo(model.ParameterCount));
    }

    [Test]
    public void Resume_ModelWithoutOptimizer_ThrowsModelFormat()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        using (SequenceModel model = new(Context, SequenceModelTests.Descriptions().First()))
            model.Save(path);
        Assert.That(() => SequenceTrainer.Resume(Context, path), Throws.TypeOf<ModelFormatException>().With.Message.Contains("convlstm.optimizer"));
    }

    [Test]
    public void Step_BadInput_NamesArgumentExpectedAndActual()
    {
        using SequenceModel model = new(Context, SequenceModelTests.Descriptions().First());
        using SequenceTrainer trainer = new(model, new OptimizerOptions());
        SequenceShape shape = new(1, 3, 1, 4, 4);
        float[] frames = new float[48];
        Assert.That(() => trainer.Step(frames, shape, 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 2"));
        Assert.That(() => trainer.Step(frames, shape, 3), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("got 3"));
        Assert.That(() => trainer.Step(frames.AsSpan(2), shape, 1), Throws.ArgumentException.With.Message.Contains("expected 48 elements, got 46"));
        Assert.That(() => trainer.Step(frames, shape with { Channels = 3 }, 1), Throws.ArgumentException);
        Assert.That(trainer.StepCount, Is.Zero);
    }

    [Test]
    public void Step_NonFiniteFrame_ThrowsNotFiniteAndKeepsTheModel()
    {
        using SequenceModel model = new(Context, SequenceModelTests.Descriptions().First());
        using SequenceTrainer trainer = new(model, new OptimizerOptions());
        SequenceShape shape = new(1, 3, 1, 4, 4);
        float[] frames = Numbers.Unit(5, 48);
        float good = trainer.Step(frames, shape, 2);
        trainer.LearningRate = 0;
        float before = trainer.Step(frames, shape, 2);
        float[] bad = [.. frames];
        bad[5] = float.NaN;
        Assert.That(() => trainer.Step(bad, shape, 2), Throws.TypeOf<NotFiniteException>());
        Assert.That(trainer.Step(frames, shape, 2), Is.EqualTo(before).And.LessThan(good));
    }

    [TestCase(-1f, 0.9f, 0.9f, 1e-8f)]
    [TestCase(1f, 1f, 0.9f, 1e-8f)]
    [TestCase(1f, 0.9f, 1.5f, 1e-8f)]
    [TestCase(1f, 0.9f, 0.9f, 0f)]
    [TestCase(float.NaN, 0.9f, 0.9f, 1e-8f)]
    public void Create_BadOptimizer_ThrowsNativeError(float rate, float beta1, float beta2, float epsilon)
    {
        using SequenceModel model = new(Context, SequenceModelTests.Descriptions().First());
        OptimizerOptions options = new() { LearningRate = rate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon };
        Assert.That(() => new SequenceTrainer(model, options), Throws.InstanceOf<ConvLstmException>().With.Message.Not.Empty);
    }

    private static double Difference(
        ReferenceSequenceModel model, double[] values, int index, double[] frames, SequenceShape shape)
    {
        const double Step = 1e-5;
        double kept = values[index];
        values[index] = kept + Step;
        double above = model.Loss(frames, shape, 2);
        values[index] = kept - Step;
        double below = model.Loss(frames, shape, 2);
        values[index] = kept;
        return (above - below) / (2 * Step);
    }

    private static float[] MovingDot(SequenceShape shape)
    {
        float[] frames = new float[shape.ElementCount];
        for (int n = 0; n < shape.Batch; n++)
            for (int t = 0; t < shape.Steps; t++)
                frames[(((n * shape.Steps) + t) * 64) + (((n + t) % 8) * 8) + ((2 * n) + t) % 8] = 1;
        return frames;
    }
}
