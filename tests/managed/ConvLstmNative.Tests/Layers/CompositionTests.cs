using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>Directions and stacks against single layers put together by hand.</summary>
public sealed class CompositionTests : NativeFixture
{
    private const float Tolerance = 2e-5f;
    private static readonly SequenceShape Shape = new(2, 4, 2, 4, 5);
    private static readonly ConvLstmOptions Lstm = new() { InputChannels = 2, HiddenChannels = 3, Layout = SequenceLayout.TimeFirst };

    [Test]
    public void Reverse_Forward_EqualsReversedSequence()
    {
        using ConvLstm forward = LayerRun.Fill(new ConvLstm(Context, Lstm));
        using ConvLstm reverse = LayerRun.Fill(new ConvLstm(Context, Lstm with { Direction = RecurrentDirection.Reverse }));
        float[] x = Numbers.Random(1, Shape.ElementCount);
        Assert.That(Reversed(LayerRun.Forward(reverse, Shape, Reversed(x))), Is.EqualTo(LayerRun.Forward(forward, Shape, x)));
    }

    [Test]
    public void Bidirectional_Forward_EqualsTwoLayersMerged([Values] DirectionMerge merge)
    {
        ConvLstmOptions options = Lstm with { Direction = RecurrentDirection.Bidirectional, Merge = merge };
        using ConvLstm both = LayerRun.Fill(new ConvLstm(Context, options));
        using ConvLstm forward = new(Context, Lstm);
        using ConvLstm reverse = new(Context, Lstm with { Direction = RecurrentDirection.Reverse });
        LayerRun.CopyParameters(both, "forward.", forward);
        LayerRun.CopyParameters(both, "reverse.", reverse);
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] expected = Merge(LayerRun.Forward(forward, Shape, x), LayerRun.Forward(reverse, Shape, x), merge);
        Assert.That(LayerRun.Forward(both, Shape, x), Is.EqualTo(expected).Within(Tolerance));
    }

    [Test]
    public void Bidirectional_SumBackward_EqualsTwoLayers()
    {
        using ConvGru both = LayerRun.Fill(new ConvGru(Context, Gru(RecurrentDirection.Bidirectional)));
        using ConvGru forward = new(Context, Gru(RecurrentDirection.Forward));
        using ConvGru reverse = new(Context, Gru(RecurrentDirection.Reverse));
        LayerRun.CopyParameters(both, "forward.", forward);
        LayerRun.CopyParameters(both, "reverse.", reverse);
        float[] x = Numbers.Random(1, Shape.ElementCount);
        (float[] dx, Dictionary<string, float[]> gradients) = Backward(both, x);
        (float[] dxForward, Dictionary<string, float[]> forwardGradients) = Backward(forward, x);
        (float[] dxReverse, Dictionary<string, float[]> reverseGradients) = Backward(reverse, x);
        Assert.That(dx, Is.EqualTo(dxForward.Zip(dxReverse, (a, b) => a + b)).Within(Tolerance));
        foreach ((string name, float[] gradient) in forwardGradients)
        {
            Assert.That(gradients["forward." + name], Is.EqualTo(gradient).Within(Tolerance), name);
            Assert.That(gradients["reverse." + name], Is.EqualTo(reverseGradients[name]).Within(Tolerance), name);
        }
    }

    [Test]
    public void Stack_ForwardBackward_EqualsLayersByHand()
    {
        using ConvLstm stack = LayerRun.Fill(new ConvLstm(Context, Lstm with { Layers = 2, InputStride = 2 }));
        using ConvLstm bottom = new(Context, Lstm with { InputStride = 2 });
        using ConvLstm top = new(Context, Lstm with { InputChannels = 3 });
        LayerRun.CopyParameters(stack, "layers.0.", bottom);
        LayerRun.CopyParameters(stack, "layers.1.", top);
        float[] x = Numbers.Random(1, Shape.ElementCount);
        SequenceShape middle = bottom.OutputShape(Shape);
        float[] between = LayerRun.Forward(bottom, Shape, x);
        Assert.That(LayerRun.Forward(stack, Shape, x), Is.EqualTo(LayerRun.Forward(top, middle, between)).Within(Tolerance));

        (float[] dx, Dictionary<string, float[]> gradients) = Backward(stack, x);
        (float[] dMiddle, Dictionary<string, float[]> topGradients) = Backward(top, between, shape: middle);
        (float[] dxByHand, Dictionary<string, float[]> bottomGradients) = Backward(bottom, x, dMiddle);
        Assert.That(dx, Is.EqualTo(dxByHand).Within(Tolerance));
        foreach ((string name, float[] gradient) in bottomGradients)
            Assert.That(gradients["layers.0." + name], Is.EqualTo(gradient).Within(Tolerance), name);
        foreach ((string name, float[] gradient) in topGradients)
            Assert.That(gradients["layers.1." + name], Is.EqualTo(gradient).Within(Tolerance), name);
    }

    [Test]
    public void BidirectionalStack_Forward_ReadsTheMergedOutputBelow()
    {
        ConvLstmOptions options = Lstm with { Direction = RecurrentDirection.Bidirectional };
        using ConvLstm stack = LayerRun.Fill(new ConvLstm(Context, options with { Layers = 2 }));
        using ConvLstm bottom = new(Context, options);
        using ConvLstm top = new(Context, options with { InputChannels = 6 });
        LayerRun.CopyParameters(stack, "layers.0.", bottom);
        LayerRun.CopyParameters(stack, "layers.1.", top);
        float[] x = Numbers.Random(1, Shape.ElementCount);
        float[] between = LayerRun.Forward(bottom, Shape, x);
        Assert.That(LayerRun.Forward(stack, Shape, x), Is.EqualTo(LayerRun.Forward(top, bottom.OutputShape(Shape), between)).Within(Tolerance));
    }

    [Test]
    public void SpatioTemporalStack_Forward_ZigZagsItsMemory()
    {
        const int Layers = 3;
        SpatioTemporalLstmOptions options = new() { InputChannels = 2, HiddenChannels = 3, Layout = SequenceLayout.TimeFirst, ForgetBias = 1 };
        using SpatioTemporalLstm stack = LayerRun.Fill(new SpatioTemporalLstm(Context, options with { Layers = Layers }));
        float[] x = Numbers.Random(1, Shape.ElementCount);
        using RecurrentState state = LayerRun.State(stack, Shape, string.Empty);
        Dictionary<string, float[]> initial = LayerRun.Parts(state);
        float[] actual = Numbers.Poisoned(stack.OutputShape(Shape).ElementCount);
        stack.Forward(x, Shape, state, actual);

        using DisposableList owned = new();
        List<(SpatioTemporalLstm Layer, RecurrentState State)> cells = [];
        for (int index = 0; index < Layers; index++)
        {
            SpatioTemporalLstm layer = owned.Add(new SpatioTemporalLstm(Context, options with { InputChannels = index == 0 ? 2 : 3 }));
            LayerRun.CopyParameters(stack, $"layers.{index}.", layer);
            RecurrentState own = owned.Add(layer.CreateState(Shape with { Channels = layer.Options.InputChannels }));
            own.SetHidden(initial[$"layers.{index}.h"]);
            own.SetCell(initial[$"layers.{index}.c"]);
            cells.Add((layer, own));
        }

        // Within a step from each layer to the one above, from the top to the bottom layer of the next step.
        float[] memory = initial["m"];
        List<float> expected = [];
        int frame = x.Length / Shape.Steps;
        for (int step = 0; step < Shape.Steps; step++)
        {
            float[] input = x[(step * frame)..((step + 1) * frame)];
            foreach ((SpatioTemporalLstm layer, RecurrentState own) in cells)
            {
                own.SetPart("m", memory);
                float[] y = Numbers.Poisoned(own.PartElementCount);
                layer.Forward(input, Shape with { Steps = 1, Channels = layer.Options.InputChannels }, own, y);
                memory = LayerRun.Parts(own)["m"];
                input = y;
            }

            expected.AddRange(input);
        }

        Assert.That(actual, Is.EqualTo(expected).Within(Tolerance));
        Dictionary<string, float[]> final = LayerRun.Parts(state);
        Assert.That(final["m"], Is.EqualTo(memory).Within(Tolerance));
        Assert.That(final["layers.2.c"], Is.EqualTo(LayerRun.Parts(cells[2].State)["c"]).Within(Tolerance));
    }

    private static ConvGruOptions Gru(RecurrentDirection direction) => new()
    {
        InputChannels = 2,
        HiddenChannels = 3,
        Layout = SequenceLayout.TimeFirst,
        Direction = direction,
        Merge = DirectionMerge.Sum,
    };

    // From zeros, so that a layer by itself and the same layer in a composition see the same.
    private (float[] InputGradient, Dictionary<string, float[]> Gradients) Backward(
        RecurrentLayer layer, float[] x, float[]? dy = null, SequenceShape? shape = null)
    {
        SequenceShape input = shape ?? Shape;
        float[] gradient = dy ?? Numbers.Random(91, layer.OutputShape(input).ElementCount);
        using Tensor xTensor = Tensor.FromSpan(Context, x, x.Length);
        using Tensor y = Tensor.Create(Context, gradient.Length);
        using Tensor dyTensor = Tensor.FromSpan(Context, gradient, gradient.Length);
        using Tensor dx = Tensor.Create(Context, x.Length);
        using TrainingTape tape = layer.CreateTape(input);
        layer.ForwardTraining(xTensor, input, null, tape, y);
        layer.Backward(xTensor, input, tape, dyTensor, null, dx);
        return (dx.ToArray(), LayerRun.Gradients(layer));
    }

    private static float[] Reversed(float[] values) =>
        [.. values.Chunk(values.Length / Shape.Steps).Reverse().SelectMany(step => step)];

    private static float[] Merge(float[] forward, float[] reverse, DirectionMerge merge)
    {
        int image = 3 * Shape.Height * Shape.Width;
        return merge switch
        {
            DirectionMerge.Concat => [.. forward.Chunk(image).Zip(reverse.Chunk(image), (a, b) => a.Concat(b)).SelectMany(pair => pair)],
            DirectionMerge.Mul => [.. forward.Zip(reverse, (a, b) => a * b)],
            DirectionMerge.Average => [.. forward.Zip(reverse, (a, b) => (a + b) / 2)],
            _ => [.. forward.Zip(reverse, (a, b) => a + b)],
        };
    }
}
