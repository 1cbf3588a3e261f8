using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class OptimizerTests : NativeFixture
{
    [Test]
    public void Step_AdamOnOneWeight_FollowsThePaper()
    {
        OptimizerOptions options = new() { LearningRate = 0.1f };
        (double m, double v, double p) = (0, 0, 0.5);
        using Conv2d layer = Weight(0.5f);
        using Optimizer optimizer = new(Context, options);
        optimizer.Add(layer);
        for (int t = 1; t <= 5; t++)
        {
            double gradient = t * 0.25;
            Gradient(layer, (float)gradient);
            optimizer.Step(out float norm);
            Assert.That(norm, Is.EqualTo(gradient).Within(1e-6));
            m = (0.9 * m) + (0.1 * gradient);
            v = (0.999 * v) + (0.001 * gradient * gradient);
            p -= 0.1 * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
            Assert.That(Value(layer), Is.EqualTo(p).Within(1e-5), $"step {t}");
        }

        Assert.That(optimizer.StepCount, Is.EqualTo(5));
        float[] slot = new float[1];
        optimizer.GetSlot(layer, "kernel", 0, slot);
        Assert.That(slot[0], Is.EqualTo(m).Within(1e-6));
        optimizer.GetSlot(layer, "kernel", 1, slot);
        Assert.That(slot[0], Is.EqualTo(v).Within(1e-6));
    }

    [Test]
    public void Step_SgdWithMomentumAndLimit_FollowsTheFormula()
    {
        OptimizerOptions options = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.1f, Momentum = 0.5f, MaxGradientNorm = 1 };
        using Conv2d layer = Weight(0);
        using Optimizer optimizer = new(Context, options);
        optimizer.Add(layer);
        double velocity = 0;
        double p = 0;
        foreach (float gradient in new[] { 0.5f, 4f, -2f })
        {
            Gradient(layer, gradient);
            optimizer.Step();
            Assert.That(optimizer.GradientNorm, Is.EqualTo(Math.Abs(gradient)).Within(1e-5));
            velocity = (0.5 * velocity) + Math.Clamp(gradient, -1, 1);
            p -= 0.1 * velocity;
            Assert.That(Value(layer), Is.EqualTo(p).Within(1e-5));
        }
    }

    [Test]
    public void Step_GradientThatIsNotFinite_IsSkippedAndToldOfOnce()
    {
        using Conv2d layer = Weight(0.5f);
        using Optimizer optimizer = new(Context, new OptimizerOptions());
        optimizer.Add(layer);
        Gradient(layer, float.PositiveInfinity);
        Assert.That(() => optimizer.Step(out float _), Throws.TypeOf<NotFiniteException>().With.Message.Contains("inf"));
        Assert.That(optimizer.StepCount, Is.Zero);
        Assert.That(Value(layer), Is.EqualTo(0.5f));
        Gradient(layer, 1);
        optimizer.Step();
        Assert.That(optimizer.StepCount, Is.EqualTo(1));
        Assert.That(Value(layer), Is.LessThan(0.5f));
    }

    [Test]
    public void Add_SameLayerTwice_ThrowsNativeError()
    {
        using Conv2d layer = Weight(0);
        using Optimizer optimizer = new(Context, new OptimizerOptions());
        optimizer.Add(layer);
        Assert.That(() => optimizer.Add(layer), Throws.InstanceOf<ConvLstmException>());
    }

    [Test]
    public void SetSlot_NonFinite_ThrowsNotFinite()
    {
        using Conv2d layer = Weight(0);
        using Optimizer optimizer = new(Context, new OptimizerOptions());
        optimizer.Add(layer);
        Assert.That(() => optimizer.SetSlot(layer, "kernel", 0, [float.NaN]), Throws.TypeOf<NotFiniteException>());
    }

    [Test]
    public void Step_Disposed_ThrowsObjectDisposed()
    {
        Optimizer optimizer = new(Context, new OptimizerOptions());
        optimizer.Dispose();
        Assert.That(optimizer.Step, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => optimizer.Step(out float _), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => optimizer.GradientNorm, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Evaluate_BothLosses_FollowTheFormulas()
    {
        float[] p = Numbers.Random(1, 11, 3);
        float[] y = Numbers.Unit(2, 11);
        using Tensor prediction = Tensor.FromSpan(Context, p, 11);
        using Tensor target = Tensor.FromSpan(Context, y, 11);
        using Tensor gradient = Tensor.FromSpan(Context, Numbers.Poisoned(11), 11);
        float squared = LossFunction.Evaluate(Loss.MeanSquaredError, prediction, target, weights: null, gradient);
        Assert.That(squared, Is.EqualTo(p.Zip(y, (a, b) => Math.Pow(a - b, 2)).Average()).Within(1e-5));
        Assert.That(gradient.ToArray(), Is.EqualTo(p.Zip(y, (a, b) => 2 * (a - b) / 11)).Within(1e-6f));

        float entropy = LossFunction.Evaluate(Loss.BinaryCrossEntropy, prediction, target, weights: null, gradient);
        double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
        Assert.That(entropy, Is.EqualTo(p.Zip(y, (a, b) => -(b * Math.Log(Sigmoid(a))) - ((1 - b) * Math.Log(1 - Sigmoid(a)))).Average()).Within(1e-5));
        Assert.That(gradient.ToArray(), Is.EqualTo(p.Zip(y, (a, b) => (float)((Sigmoid(a) - b) / 11))).Within(1e-6f));
        Assert.That(LossFunction.Evaluate(Loss.MeanSquaredError, prediction, target, weights: null, gradient: null), Is.EqualTo(squared));
    }

    private Conv2d Weight(float value)
    {
        Conv2d layer = new(Context, new Conv2dOptions { InputChannels = 1, OutputChannels = 1, Bias = false });
        layer.SetParameter("kernel", [value]);
        return layer;
    }

    // y = w·x over one pixel: with x = gradient and dy = 1 the gradient by w is that number.
    private void Gradient(Conv2d layer, float gradient)
    {
        SequenceShape shape = new(1, 1, 1, 1, 1);
        using Tensor x = Tensor.FromSpan(Context, [gradient], 1);
        using Tensor y = Tensor.Create(Context, 1);
        using Tensor dy = Tensor.FromSpan(Context, [1f], 1);
        using TrainingTape tape = layer.CreateTape(shape);
        layer.ForwardTraining(x, shape, tape, y);
        layer.Backward(x, shape, tape, dy, null);
    }

    private static float Value(Conv2d layer)
    {
        float[] value = new float[1];
        layer.GetParameter("kernel", value);
        return value[0];
    }
}
