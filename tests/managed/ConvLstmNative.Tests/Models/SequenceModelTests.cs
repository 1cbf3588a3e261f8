using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class SequenceModelTests : NativeFixture
{
    internal static IEnumerable<SequenceModelOptions> Descriptions()
    {
        yield return new() { Layers = [new() { HiddenChannels = 3 }] };
        yield return new()
        {
            Channels = 2,
            PatchSize = 2,
            Layers = [new() { HiddenChannels = 3, Peephole = Peephole.PerChannel, InputKernelSize = 5 }, new() { HiddenChannels = 5, RecurrentKernelSize = 1 }],
            HeadKernelSize = 3,
            Loss = Loss.BinaryCrossEntropy,
        };
        yield return new()
        {
            PatchSize = 3,
            Layers = [new() { HiddenChannels = 4, Bias = false }, new() { HiddenChannels = 2 }, new() { HiddenChannels = 3, ForgetBias = 0 }],
            Residual = true,
        };
    }

    [TestCaseSource(nameof(Descriptions))]
    public void Predict_AnyDescription_EqualsPlainLoops(SequenceModelOptions options)
    {
        using TemporaryFolder folder = new();
        using SequenceModel model = new(Context, options, seed: 5);
        model.Save(folder.File("model.safetensors"));
        ReferenceSequenceModel reference = new(options, folder.File("model.safetensors"));
        foreach ((int steps, int horizon) in new[] { (3, 2), (1, 4) })
        {
            SequenceShape shape = new(2, steps, options.Channels, 6, 12);
            float[] frames = Numbers.Unit(1, shape.ElementCount);
            float[] predicted = Numbers.Poisoned((shape with { Steps = horizon }).ElementCount);
            model.Predict(frames, shape, horizon, predicted);
            double[] expected = reference.Predict(Numbers.ToDouble(frames), shape, horizon);
            Assert.That(Numbers.MaxDifference(predicted, expected), Is.LessThan(2e-5));
        }
    }

    [TestCase(13_524_496, 5, 5, 256)]
    [TestCase(10_042_896, 5, 5, 128, 128)]
    [TestCase(7_585_296, 5, 5, 128, 64, 64)]
    [TestCase(11_550_224, 9, 1, 128, 128)]
    [TestCase(8_830_480, 9, 1, 128, 64, 64)]
    public void ParameterCount_ModelsOfShi2015_IsThePublishedOne(long expected, int inputKernel, int recurrentKernel, params int[] hidden)
    {
        using SequenceModel model = new(Context, new SequenceModelOptions
        {
            PatchSize = 4,
            Layers = [.. hidden.Select(count => new RecurrentLayerOptions
            {
                HiddenChannels = count,
                InputKernelSize = inputKernel,
                RecurrentKernelSize = recurrentKernel,
                Peephole = Peephole.PerChannel,
            })],
        });
        Assert.That(model.ParameterCount, Is.EqualTo(expected));
    }

    [Test]
    public void Create_SameSeed_GivesTheSameNumbers()
    {
        SequenceModelOptions options = Descriptions().First();
        Assert.That(Prediction(options, 3), Is.EqualTo(Prediction(options, 3)));
        Assert.That(Prediction(options, 4), Is.Not.EqualTo(Prediction(options, 3)));
    }

    [TestCaseSource(nameof(Descriptions))]
    public void SaveLoad_AnyDescription_PredictsTheSameBits(SequenceModelOptions options)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        SequenceShape shape = new(1, 2, options.Channels, 6, 6);
        float[] frames = Numbers.Unit(2, shape.ElementCount);
        float[] expected = new float[shape.ElementCount];
        float[] actual = new float[shape.ElementCount];
        using (SequenceModel model = new(Context, options, seed: 9))
        {
            model.Metadata["scale"] = "dBZ / 80 – \"quoted\"";
            model.Predict(frames, shape, 2, expected);
            model.Save(path);
        }

        using SequenceModel loaded = SequenceModel.Load(Context, path);
        loaded.Predict(frames, shape, 2, actual);
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(loaded.Options with { Layers = options.Layers }, Is.EqualTo(options));
        Assert.That(loaded.Options.Layers, Is.EqualTo(options.Layers));
        Assert.That(loaded.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["scale"] = "dBZ / 80 – \"quoted\"" }));
        Assert.That(Directory.GetFiles(folder.FullName), Has.Length.EqualTo(1), "no temporary file is left");
    }

    [Test]
    public void Save_ReservedMetadataName_ThrowsArgument()
    {
        using TemporaryFolder folder = new();
        using SequenceModel model = new(Context, Descriptions().First());
        model.Metadata["convlstm.model"] = "{}";
        Assert.That(() => model.Save(folder.File("m")), Throws.ArgumentException.With.Message.Contains("convlstm.model"));
    }

    [Test]
    public void Predict_BadInput_NamesArgumentExpectedAndActual()
    {
        using SequenceModel model = new(Context, Descriptions().ElementAt(1));
        SequenceShape shape = new(1, 2, 2, 4, 4);
        float[] frames = new float[64];
        Assert.That(() => model.Predict(frames, shape with { Channels = 1 }, 1, new float[32]), Throws.ArgumentException.With.Message.Contains("expected 2 channels, got 1"));
        Assert.That(() => model.Predict(frames, shape with { Width = 5 }, 1, new float[32]), Throws.ArgumentException.With.Message.Contains("patch size 2"));
        Assert.That(() => model.Predict(frames, shape, 0, []), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("horizon"));
        Assert.That(() => model.Predict(frames.AsSpan(1), shape, 1, new float[32]), Throws.ArgumentException.With.Message.Contains("expected 64 elements, got 63"));
        Assert.That(() => model.Predict(frames, shape, 1, new float[33]), Throws.ArgumentException.With.Property("ParamName").EqualTo("predicted"));
        Assert.That(() => model.Predict(frames, shape with { Height = 0 }, 1, []), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static IEnumerable<SequenceModelOptions> BadDescriptions()
    {
        RecurrentLayerOptions layer = new() { HiddenChannels = 2 };
        SequenceModelOptions good = new() { Layers = [layer] };
        yield return good with { Channels = 0 };
        yield return good with { PatchSize = -1 };
        yield return good with { Layers = [] };
        yield return good with { Layers = null! };
        yield return good with { Layers = [null!] };
        yield return good with { HeadKernelSize = 64 };
        yield return good with { Loss = (Loss)7 };
        yield return good with { Loss = Loss.BinaryCrossEntropy, Residual = true };
        yield return good with { Layers = [layer with { HiddenChannels = 0 }] };
        yield return good with { Layers = [layer with { InputKernelSize = 0 }] };
        yield return good with { Layers = [layer with { ForgetBias = float.NaN }] };
        yield return good with { Layers = [layer with { Peephole = (Peephole)5 }] };
    }

    [TestCaseSource(nameof(BadDescriptions))]
    public void Create_BadDescription_ThrowsArgument(SequenceModelOptions options) =>
        Assert.That(
            () => new SequenceModel(Context, options),
            Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("options").And.Message.Contains("expected"));

    [Test]
    public void Create_OverflowingPatch_ThrowsSizeOverflow() =>
        Assert.That(
            () => new SequenceModel(Context, new SequenceModelOptions { PatchSize = 1 << 20, Layers = [new() { HiddenChannels = 2 }] }),
            Throws.TypeOf<SizeOverflowException>());

    [Test]
    public void Create_Null_ThrowsArgumentNull()
    {
        Assert.That(() => new SequenceModel(null!, Descriptions().First()), Throws.ArgumentNullException);
        Assert.That(() => new SequenceModel(Context, null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Predict_SteadyState_AllocatesNothing()
    {
        using SequenceModel model = new(Context, Descriptions().ElementAt(2));
        SequenceShape shape = new(2, 3, 1, 6, 6);
        float[] frames = Numbers.Unit(6, shape.ElementCount);
        float[] predicted = new float[2 * 4 * 36];
        for (int call = 0; call < 3; call++)
            model.Predict(frames, shape, 4, predicted);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int call = 0; call < 20; call++)
            model.Predict(frames, shape, 4, predicted);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Predict_TwoThreadsOnOneModel_GivesTheRightFramesOrBusy()
    {
        using SequenceModel model = new(Context, Descriptions().ElementAt(1), seed: 4);
        SequenceShape shape = new(1, 4, 2, 16, 16);
        float[][] frames = [Numbers.Unit(7, shape.ElementCount), Numbers.Unit(8, shape.ElementCount)];
        float[][] expected = [new float[shape.ElementCount], new float[shape.ElementCount]];
        for (int index = 0; index < 2; index++)
            model.Predict(frames[index], shape, 4, expected[index]);
        int busy = 0;
        int wrong = 0;
        using Barrier start = new(2);
        Thread[] threads = [new(() => Run(0)), new(() => Run(1))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.That(wrong, Is.Zero, "predictions made of two callers' frames");
        Assert.That(busy, Is.Positive, "callers told that the model is busy");

        void Run(int index)
        {
            float[] predicted = new float[shape.ElementCount];
            start.SignalAndWait();
            for (int call = 0; call < 100_000 && Volatile.Read(ref busy) < 20; call++)
            {
                try
                {
                    model.Predict(frames[index], shape, 4, predicted);
                    if (!predicted.AsSpan().SequenceEqual(expected[index]))
                        Interlocked.Increment(ref wrong);
                }
                catch (ContextBusyException)
                {
                    Interlocked.Increment(ref busy);
                }
            }
        }
    }

    [Test]
    public void AnyCall_Disposed_ThrowsObjectDisposed()
    {
        SequenceModel model = new(Context, Descriptions().First());
        model.Predict(new float[9], new SequenceShape(1, 1, 1, 3, 3), 1, new float[9]);
        model.Dispose();
        model.Dispose();
        Assert.That(() => model.Predict(new float[9], new SequenceShape(1, 1, 1, 3, 3), 1, new float[9]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => model.Save("nowhere"), Throws.TypeOf<ObjectDisposedException>());
    }

    private float[] Prediction(SequenceModelOptions options, ulong seed)
    {
        using SequenceModel model = new(Context, options, seed);
        float[] predicted = new float[16];
        model.Predict(Numbers.Unit(3, 16), new SequenceShape(1, 1, 1, 4, 4), 1, predicted);
        return predicted;
    }
}
