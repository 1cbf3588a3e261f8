using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>
/// Gradients of the native backward pass against central differences of the same loss in plain double loops, whose own error
/// is near 1e-9: what is left is the float32 of the native passes.
/// </summary>
public sealed class ConvLstmGradientTests : NativeFixture
{
    private const double Step = 1e-5;
    private const double Relative = 2e-4;
    private const double Absolute = 2e-5;

    [TestCase(Peephole.None, true, 2, 3, 3)]
    [TestCase(Peephole.PerChannel, true, 2, 3, 3)]
    [TestCase(Peephole.PerChannel, false, 3, 1, 5)]
    [TestCase(Peephole.PerChannel, true, 0, 3, 2)]
    public void Backward_WeightedSumOfOutputs_EqualsFiniteDifferences(
        Peephole peephole, bool bias, int channels, int inputKernel, int recurrentKernel)
    {
        ConvLstmOptions options = new()
        {
            InputChannels = channels,
            HiddenChannels = 3,
            InputKernelSize = inputKernel,
            RecurrentKernelSize = recurrentKernel,
            Peephole = peephole,
            Bias = bias,
            ForgetBias = 1,
        };
        SequenceShape shape = new(2, 3, channels, 4, 3);
        using ConvLstm layer = new(Context, options);
        int seed = 1;
        foreach (LayerParameter parameter in layer.Parameters)
            layer.SetParameter(parameter.Name, Numbers.Random(seed++, parameter.ElementCount, 0.5f));
        using Problem problem = new(Context, layer, shape);
        problem.RunNative();

        ReferenceConvLstm reference = ReferenceConvLstm.Of(layer);
        foreach (LayerParameter parameter in layer.Parameters)
        {
            float[] gradient = Numbers.Poisoned(parameter.ElementCount);
            layer.GetGradient(parameter.Name, gradient);
            Compare(parameter.Name, gradient, reference.Parameters[parameter.Name], () => problem.Loss(reference));
        }

        if (channels > 0)
            Compare("x", problem.InputGradient, problem.Input, () => problem.Loss(reference));
        Compare("initial h", problem.HiddenGradient, problem.Hidden, () => problem.Loss(reference));
        Compare("initial c", problem.CellGradient, problem.Cell, () => problem.Loss(reference));
    }

    [Test]
    public void Backward_Twice_AddsGradients()
    {
        using ConvLstm layer = new(Context, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 2 });
        layer.Initialize(3);
        using Problem problem = new(Context, layer, new SequenceShape(1, 2, 1, 3, 3));
        problem.RunNative();
        float[] once = new float[8];
        layer.GetGradient("bias", once);
        problem.RunNative();
        float[] twice = new float[8];
        layer.GetGradient("bias", twice);
        Assert.That(twice, Is.EqualTo(Array.ConvertAll(once, value => 2 * value)).Within(1e-6f));
        layer.ZeroGradients();
        layer.GetGradient("bias", twice);
        Assert.That(twice, Is.All.Zero);
    }

    [Test]
    public void Backward_EmptyTape_ThrowsInvalidState()
    {
        using ConvLstm layer = new(Context, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 2 });
        SequenceShape shape = new(1, 2, 1, 3, 3);
        using TrainingTape tape = layer.CreateTape(shape);
        using Tensor x = Tensor.Create(Context, shape.Batch, shape.Steps, 1, 3, 3);
        Assert.That(() => layer.Backward(x, shape, tape, null, null, null), Throws.TypeOf<InvalidStateException>());
    }

    private static void Compare(string name, float[] gradient, double[] values, Func<double> loss)
    {
        for (int index = 0; index < values.Length; index++)
        {
            double kept = values[index];
            values[index] = kept + Step;
            double above = loss();
            values[index] = kept - Step;
            double below = loss();
            values[index] = kept;
            double expected = (above - below) / (2 * Step);
            Assert.That(
                gradient[index], Is.EqualTo(expected).Within(Absolute + (Relative * Math.Abs(expected))), $"gradient by {name}[{index}]");
        }
    }

    /// <summary>Loss: outputs and final states, each weighted with a random number, all summed.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly DisposableList _owned = new();
        private readonly ConvLstm _layer;
        private readonly SequenceShape _shape;
        private readonly Tensor? _x;
        private readonly Tensor? _dx;
        private readonly Tensor _y;
        private readonly Tensor _dy;
        private readonly RecurrentState _state;
        private readonly RecurrentState _dstate;
        private readonly TrainingTape _tape;
        private readonly float[] _outputWeights;
        private readonly float[] _hiddenWeights;
        private readonly float[] _cellWeights;

        public Problem(Context context, ConvLstm layer, SequenceShape shape)
        {
            _layer = layer;
            _shape = shape;
            SequenceShape output = layer.OutputShape(shape);
            Input = Numbers.ToDouble(Numbers.Random(21, shape.ElementCount));
            _outputWeights = Numbers.Random(22, output.ElementCount);
            if (shape.Channels > 0)
            {
                _x = _owned.Add(Tensor.FromSpan(context, Array.ConvertAll(Input, value => (float)value), shape.Dimensions()));
                _dx = _owned.Add(Tensor.FromSpan(context, Numbers.Poisoned(shape.ElementCount), shape.Dimensions()));
            }

            _y = _owned.Add(Tensor.Create(context, output.Dimensions()));
            _dy = _owned.Add(Tensor.FromSpan(context, _outputWeights, output.Dimensions()));
            _state = _owned.Add(layer.CreateState(shape));
            _dstate = _owned.Add(layer.CreateState(shape));
            _tape = _owned.Add(layer.CreateTape(shape));
            Hidden = Numbers.ToDouble(Numbers.Random(23, _state.PartElementCount));
            Cell = Numbers.ToDouble(Numbers.Random(24, _state.PartElementCount));
            _hiddenWeights = Numbers.Random(25, _state.PartElementCount);
            _cellWeights = Numbers.Random(26, _state.PartElementCount);
            HiddenGradient = Numbers.Poisoned(_state.PartElementCount);
            CellGradient = Numbers.Poisoned(_state.PartElementCount);
        }

        public double[] Input { get; }

        public double[] Hidden { get; }

        public double[] Cell { get; }

        public float[] InputGradient => _dx!.ToArray();

        public float[] HiddenGradient { get; }

        public float[] CellGradient { get; }

        public void RunNative()
        {
            _state.SetHidden(Array.ConvertAll(Hidden, value => (float)value));
            _state.SetCell(Array.ConvertAll(Cell, value => (float)value));
            _dstate.SetHidden(_hiddenWeights);
            _dstate.SetCell(_cellWeights);
            _layer.ForwardTraining(_x, _shape, _state, _tape, _y);
            _layer.Backward(_x, _shape, _tape, _dy, _dstate, _dx);
            _dstate.GetHidden(HiddenGradient);
            _dstate.GetCell(CellGradient);
        }

        public double Loss(ReferenceConvLstm reference)
        {
            double[] h = [.. Hidden];
            double[] c = [.. Cell];
            double[] y = reference.Forward(Input, _shape, h, c);
            return Dot(y, _outputWeights) + Dot(h, _hiddenWeights) + Dot(c, _cellWeights);
        }

        public void Dispose() => _owned.Dispose();

        private static double Dot(double[] values, float[] weights) => values.Zip(weights, (value, weight) => value * weight).Sum();
    }
}
