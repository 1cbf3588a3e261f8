using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>What is called step by step puts nothing on the managed heap.</summary>
public sealed class AllocationTests : NativeFixture
{
    private static readonly SequenceShape Shape = new(2, 3, 2, 5, 7);

    private static IEnumerable<RecurrentOptions> Layers()
    {
        yield return new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3 };
        yield return new ConvGruOptions { InputChannels = 2, HiddenChannels = 3, Layers = 2, Output = RecurrentOutput.Last };
        yield return new SpatioTemporalLstmOptions { InputChannels = 2, HiddenChannels = 3 };
        yield return new ConvLstmOptions { InputChannels = 2, HiddenChannels = 3, Direction = RecurrentDirection.Bidirectional };
    }

    [TestCaseSource(nameof(Layers))]
    public void RecurrentLayer_RepeatedCalls_AllocateNothing(RecurrentOptions options)
    {
        using RecurrentLayer layer = LayerRun.Fill(RecurrentLayer.Create(Context, options with { Mask = SequenceMask.Zero }));
        SequenceShape other = Shape with { Batch = 1, Steps = 1 };
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] y = new float[layer.OutputShape(Shape).ElementCount];
        float[] part = new float[layer.OutputShape(other).ElementCount];
        int[] mask = [1, 0, 1, 1, 1, 0];
        long[] lengths = [2, 3];
        using RecurrentState state = layer.CreateState(Shape);
        using RecurrentState copy = layer.CreateState(Shape);
        using Tensor input = Tensor.FromSpan(Context, x, x.Length);
        using Tensor borrowed = TestDevice.IsCuda ? Tensor.FromSpan(Context, x, x.Length) : Tensor.Borrow(Context, x, x.Length);
        using Tensor half = Tensor.Create(Context, x.Length / 3);
        using Tensor output = Tensor.Create(Context, y.Length);
        using Tensor gradient = Tensor.Create(Context, x.Length);
        using TrainingTape tape = layer.CreateTape(Shape);
        float[] values = new float[state.PartElementCount];

        AssertNone("spans", () => layer.Forward(x, Shape, null, y));
        AssertNone("streaming spans", () => layer.Forward(x, Shape, state, y));
        AssertNone("two shapes in turns", () =>
        {
            layer.Forward(x, Shape, state, y);
            layer.Forward(x.AsSpan(0, (int)other.ElementCount), other, null, part);
        });
        AssertNone("spans with options", () =>
        {
            layer.Forward(x, Shape, state, y, new RunOptions { Mask = mask });
            layer.Forward(x.AsSpan(0, x.Length / 3), Shape, state, y, new RunOptions { InputSteps = 1, Lengths = lengths });
        });
        AssertNone("tensors", () => layer.Forward(input, Shape, null, output));
        AssertNone("streaming tensors", () => layer.Forward(borrowed, Shape, state, output));
        AssertNone("tensors with options", () => layer.Forward(half, Shape, state, output, new RunOptions { InputSteps = 1, Mask = mask }));
        AssertNone("training", () =>
        {
            layer.ZeroGradients();
            layer.ForwardTraining(input, Shape, state, tape, output, new RunOptions { DropoutSeed = 3 });
            layer.Backward(input, Shape, tape, output, copy, gradient);
        });
        AssertNone("state", () =>
        {
            state.CopyTo(copy);
            copy.GetPart(0, values);
            copy.SetPart(state.PartNames[0], values);
            copy.Reset();
        });
    }

    [Test]
    public void Conv2d_RepeatedCalls_AllocateNothing()
    {
        using Conv2d layer = LayerRun.Fill(new Conv2d(Context, new Conv2dOptions { InputChannels = 2, OutputChannels = 3 }));
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] y = new float[layer.OutputShape(Shape).ElementCount];
        using Tensor input = Tensor.FromSpan(Context, x, x.Length);
        using Tensor output = Tensor.Create(Context, y.Length);
        using Tensor gradient = Tensor.Create(Context, x.Length);
        using TrainingTape tape = layer.CreateTape(Shape);
        AssertNone("spans", () => layer.Forward(x, Shape, y));
        AssertNone("tensors", () => layer.Forward(input, Shape, output));
        AssertNone("training", () =>
        {
            layer.ForwardTraining(input, Shape, tape, output);
            layer.Backward(input, Shape, tape, output, gradient);
        });
    }

    [Test]
    public void Tensor_RepeatedCalls_AllocateNothing()
    {
        float[] values = Numbers.Random(1, 24);
        using Tensor tensor = Tensor.Create(Context, 2, 3, 4);
        using Tensor other = Tensor.Create(Context, 2, 3, 4);
        bool isCuda = TestDevice.IsCuda;
        AssertNone("tensor", () =>
        {
            tensor.Upload(values);
            other.Fill(isCuda ? 1f : tensor.AsSpan()[0]);
            other.Add(tensor);
            tensor.CopyChannels(0, 1, other, 1);
            other.Sigmoid();
            other.Download(values);
        });
    }

    [Test]
    public void Models_RepeatedCalls_AllocateNothing([Values(1, 2)] int patch, [Values] bool isResidual)
    {
        SequenceShape shape = new(2, 4, 1, 6, 4);
        float[] frames = Numbers.Unit(1, shape.ElementCount);
        float[] predicted = new float[frames.Length];
        using SequenceModel model = new(
            Context, new SequenceModelOptions { PatchSize = patch, Residual = isResidual, Layers = [new() { HiddenChannels = 3 }, new() { HiddenChannels = 2 }] });
        using SequenceTrainer trainer = new(model, new OptimizerOptions());
        AssertNone("Predict", () => model.Predict(frames, shape, 4, predicted));
        AssertNone("Step", () => trainer.Step(frames, shape, 2));
        AssertNone("Step with weights", () => trainer.Step(frames, shape, 2, predicted.AsSpan(0, frames.Length / 2)));
    }

    // The first calls make what is kept; the runtime may count what it does for itself in one of the later ones, never in each.
    private static void AssertNone(string what, Action call)
    {
        for (int index = 0; index < 3; index++)
            call();
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int index = 0; index < 10; index++)
                call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero, what);
    }
}
