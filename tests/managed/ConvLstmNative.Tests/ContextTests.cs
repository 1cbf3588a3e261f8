using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class ContextTests : NativeFixture
{
    [Test]
    public void Cpu_ThreadCount_IsTaken()
    {
        using Context context = Context.Cpu(threadCount: 2);
        Assert.That(context.ThreadCount, Is.EqualTo(2));
        Assert.That(context.DeviceKind, Is.EqualTo(DeviceKind.Cpu));
        Assert.That(context.DeviceName, Is.EqualTo("cpu"));
        Assert.That(context.InstructionSet, Is.Not.Empty);
    }

    [TestCase(ComputePolicy.Fast, "winograd_fused")]
    [TestCase(ComputePolicy.Exact, "direct_fused")]
    public void Cpu_Policy_ChoosesTheExecutor(ComputePolicy policy, string executor)
    {
        using Context context = Context.Cpu(1, policy);
        using ConvLstm layer = new(context, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 16 });
        Assert.That(context.Policy, Is.EqualTo(policy));
        Assert.That(layer.ExecutorFor(new SequenceShape(1, 1, 1, 16, 16)), Is.EqualTo(executor));
    }

    [Test]
    public void Cpu_UnknownPolicy_ThrowsInvalidArgument() =>
        Assert.That(
            () => Context.Cpu(1, (ComputePolicy)7),
            Throws.TypeOf<InvalidArgumentException>().With.Message.Contains("desc.policy").And.Message.Contains("7"));

    [TestCase(-1)]
    [TestCase(1025)]
    public void Cpu_ThreadCountOutOfRange_ThrowsOutOfRange(int count) =>
        Assert.That(() => Context.Cpu(count), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains($"{count}"));

    [Test]
    public void Dispose_BeforeItsObjects_KeepsThemUsable()
    {
        Context context = Context.Cpu(1);
        using Tensor tensor = Tensor.Create(context, 3);
        context.Dispose();
        tensor.Fill(4);
        Assert.That(tensor.ToArray(), Is.All.EqualTo(4f));
        Assert.That(() => Tensor.Create(context, 3), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Cuda_NotInThisBuild_ThrowsUnsupported()
    {
        try
        {
            using Context context = Context.Cuda();
            Assert.That(context.DeviceKind, Is.EqualTo(DeviceKind.Cuda));
        }
        catch (UnsupportedFeatureException error)
        {
            Assert.That(error.Status, Is.EqualTo(Status.Unsupported));
        }

        Assert.That(() => Context.Cuda(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Counters_WhileAlive_CountObjectsAndBytes()
    {
        using Tensor tensor = Tensor.Create(Context, 1000);
        LiveCount count = DebugCounters.Read(NativeObjectKind.Tensor);
        Assert.That(count.Objects, Is.EqualTo(1));
        Assert.That(count.Bytes, Is.GreaterThanOrEqualTo(4000));
        Assert.That(DebugCounters.Read(NativeObjectKind.Context).Objects, Is.EqualTo(1));
    }

    [Test]
    public void Forward_TwoThreadsOnOneContext_SecondGetsBusy()
    {
        using ConvLstm layer = new(Context, new ConvLstmOptions { InputChannels = 8, HiddenChannels = 8 });
        layer.Initialize(1);
        SequenceShape shape = new(1, 4, 8, 32, 32);
        float[] x = Numbers.Random(1, shape.ElementCount);
        int busy = 0;
        int done = 0;
        using Barrier start = new(2);
        Thread[] threads = [new(Run), new(Run)];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.That(busy, Is.Positive, "callers told that the context is busy");
        Assert.That(done, Is.Positive, "calls that went through");

        // Both threads call until one has been refused; every call either computes or says that it did not.
        void Run()
        {
            float[] y = new float[layer.OutputShape(shape).ElementCount];
            start.SignalAndWait();
            for (int call = 0; call < 100_000 && Volatile.Read(ref busy) == 0; call++)
            {
                try
                {
                    layer.Forward(x, shape, null, y);
                    Interlocked.Increment(ref done);
                }
                catch (ContextBusyException error)
                {
                    Assert.That(error.Status, Is.EqualTo(Status.Busy));
                    Interlocked.Increment(ref busy);
                }
            }
        }
    }
}
