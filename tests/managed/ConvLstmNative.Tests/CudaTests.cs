using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Contexts on a GPU, or on the one that the native tests emulate, beside the processor.</summary>
public sealed class CudaTests
{
    private static readonly SequenceModelOptions Options = new() { PatchSize = 2, Layers = [new() { HiddenChannels = 5 }, new() { HiddenChannels = 3 }] };

    [SetUp]
    public void RequireCuda() => TestDevice.RequireCuda();

    [TearDown]
    public void AssertNothingIsAlive() => Assert.That(DebugCounters.Total(), Is.EqualTo(new LiveCount(0, 0)), "live native objects and bytes after the test");

    [Test]
    public void Device_Enumerate_TellsWhatThereIs()
    {
        IReadOnlyList<Device> devices = Device.Enumerate(DeviceKind.Cuda);
        Assert.That(devices, Is.Not.Empty);
        Assert.That(devices.Select(device => device.Index), Is.EqualTo(Enumerable.Range(0, devices.Count)));
        Assert.That(devices, Has.All.Matches<Device>(device => device!.Name.Length > 0 && device.Processors > 0 && device.MemoryBytes > 0 && device.ComputeCapability is not null));
        DeviceReport report = Device.Report(DeviceKind.Cuda);
        Assert.That(report.IsUsable, Is.True);
        Assert.That(report.Findings.Select(finding => finding.Name), Does.Contain("driver").And.Contain("devices").And.Contain("cuDNN"));
    }

    [Test]
    public void Context_OfOptions_TellsThem([Values] ComputeMath math, [Values] bool isDeterministic)
    {
        using Context context = Context.Cuda(0, new CudaOptions { Math = math, IsDeterministic = isDeterministic });
        Assert.That((context.DeviceKind, context.DeviceIndex, context.Math, context.IsDeterministic), Is.EqualTo((DeviceKind.Cuda, 0, math, isDeterministic)));
    }

    [Test]
    public void Context_OfADeviceThatIsNotThere_ThrowsUnsupported() =>
        Assert.That(() => Context.Cuda(99), Throws.TypeOf<UnsupportedFeatureException>().With.Message.Contains("99"));

    [Test]
    public void Context_ExactInSixteenBits_ThrowsInvalidArgument() => Assert.That(
        () => Context.Cuda(0, new CudaOptions { Math = ComputeMath.Bf16, Policy = ComputePolicy.Exact }),
        Throws.TypeOf<InvalidArgumentException>().With.Message.Contains("CLN_POLICY_EXACT"));

    [Test]
    public void Memory_OfTensors_IsCountedAndKept()
    {
        using Context context = Context.Cuda();
        long before = context.Memory.Used;
        Tensor tensor = Tensor.Create(context, 1000);
        Assert.That(context.Memory.Used, Is.EqualTo(before + 4000));
        tensor.Dispose();
        Assert.That(context.Memory.Used, Is.EqualTo(before));
        Assert.That(context.Memory.Held, Is.GreaterThan(before));
    }

    [Test]
    public void Memory_MoreThanThereIs_ThrowsAndTheContextStaysUsable()
    {
        using Context context = Context.Cuda();
        const long Elements = 1L << 43;
        Assert.That(() => Tensor.Create(context, Elements), Throws.TypeOf<DeviceMemoryException>().With.Message.Contains($"{Elements * 4}"));
        using Tensor tensor = Tensor.Create(context, 3);
        tensor.Fill(2);
        Assert.That(tensor.ToArray(), Is.All.EqualTo(2f));
    }

    [Test]
    public void Training_Beside_TheProcessors_GoesTheSameWay()
    {
        (float[] losses, float[] predicted) = Train(Context.Cpu(1));
        (float[] onGpu, float[] predictedOnGpu) = Train(Context.Cuda());
        Assert.That(onGpu, Is.EqualTo(losses).Within(1e-4f));
        Assert.That(losses[^1], Is.LessThan(losses[0]));
        Assert.That(predictedOnGpu, Is.EqualTo(predicted).Within(2e-3f));
    }

    [Test]
    public void Training_OnTwoThreads_IsThatOfEachAlone()
    {
        (float[] alone, _) = Train(Context.Cuda());
        (float[] Losses, float[] Predicted)[] both = [default, default];
        Parallel.For(0, 2, index => both[index] = Train(Context.Cuda()));
        Assert.That(both[0].Losses, Is.EqualTo(alone));
        Assert.That(both[1].Losses, Is.EqualTo(alone));
    }

    [Test]
    public void Training_OnAFrameThatIsNotFinite_ThrowsAndGoesOn()
    {
        using Context context = Context.Cuda();
        using SequenceModel model = new(context, Options, seed: 3);
        using SequenceTrainer trainer = new(model, new OptimizerOptions { LearningRate = 0.01f });
        SequenceShape shape = new(2, 5, 1, 8, 6);
        float[] frames = Numbers.Unit(4, shape.ElementCount);
        float[] bad = [.. frames];
        bad[7] = float.NaN;
        float first = trainer.Step(frames, shape, inputSteps: 3);
        Assert.That(() => trainer.Step(bad, shape, inputSteps: 3), Throws.TypeOf<NotFiniteException>());
        Assert.That(trainer.StepCount, Is.EqualTo(1));
        Assert.That(trainer.Step(frames, shape, inputSteps: 3), Is.LessThan(first));
        Assert.That(trainer.GradientNorm, Is.Positive);
        Assert.That(trainer.StepCount, Is.EqualTo(2));
    }

    [Test]
    public void Optimizer_StepThatTheDeviceSkips_IsToldOfOnceByTheMemberThatWaits()
    {
        using Context context = Context.Cuda();
        using Conv2d layer = new(context, new Conv2dOptions { InputChannels = 1, OutputChannels = 1, Bias = false });
        layer.SetParameter("kernel", [0.5f]);
        using Optimizer optimizer = new(context, new OptimizerOptions());
        optimizer.Add(layer);
        SequenceShape shape = new(1, 1, 1, 1, 1);
        using Tensor x = Tensor.FromSpan(context, [float.PositiveInfinity], 1);
        using Tensor y = Tensor.Create(context, 1);
        using Tensor dy = Tensor.FromSpan(context, [1f], 1);
        using TrainingTape tape = layer.CreateTape(shape);
        layer.ForwardTraining(x, shape, tape, y);
        layer.Backward(x, shape, tape, dy, null);
        Assert.That(optimizer.Step, Throws.Nothing);
        Assert.That(() => optimizer.GradientNorm, Throws.TypeOf<NotFiniteException>().With.Message.Contains("nothing was updated"));
        Assert.That(optimizer.StepCount, Is.Zero);
        float[] kernel = new float[1];
        layer.GetParameter("kernel", kernel);
        Assert.That(kernel, Is.EqualTo(new[] { 0.5f }));
    }

    private static (float[] Losses, float[] Predicted) Train(Context created)
    {
        using Context context = created;
        using SequenceModel model = new(context, Options, seed: 3);
        using SequenceTrainer trainer = new(model, new OptimizerOptions { LearningRate = 0.01f, MaxGradientNorm = 1 });
        SequenceShape shape = new(2, 5, 1, 8, 6);
        float[] frames = Numbers.Unit(4, shape.ElementCount);
        float[] losses = [.. Enumerable.Range(0, 6).Select(_ => trainer.Step(frames, shape, inputSteps: 3))];
        float[] predicted = new float[2 * 2 * 8 * 6];
        model.Predict(Numbers.Unit(4, 2 * 3 * 8 * 6), shape with { Steps = 3 }, horizon: 2, predicted);
        return (losses, predicted);
    }
}
