using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class Conv2dTests : NativeFixture
{
    [TestCase(1, 1, 1, 1, 1)]
    [TestCase(3, 5, 3, 6, 4)]
    [TestCase(4, 2, 5, 3, 9)]
    [TestCase(2, 3, 2, 5, 5)]
    public void Forward_AnyShape_EqualsPlainLoops(int inputs, int outputs, int kernel, int height, int width)
    {
        using Conv2d layer = Layer(inputs, outputs, kernel);
        SequenceShape shape = new(2, 3, inputs, height, width);
        float[] x = Numbers.Random(1, shape.ElementCount);
        float[] y = Numbers.Poisoned(layer.OutputShape(shape).ElementCount);
        layer.Forward(x, shape, y);
        Assert.That(Numbers.MaxDifference(y, Reference(layer, Numbers.ToDouble(x), shape)), Is.LessThan(1e-5));
    }

    [Test]
    public void Backward_WeightedSumOfOutputs_EqualsFiniteDifferences()
    {
        using Conv2d layer = Layer(2, 3, 3);
        SequenceShape shape = new(2, 2, 2, 4, 5);
        double[] x = Numbers.ToDouble(Numbers.Random(2, shape.ElementCount));
        float[] weights = Numbers.Random(3, layer.OutputShape(shape).ElementCount);
        using Tensor input = Tensor.FromSpan(Context, Array.ConvertAll(x, value => (float)value), shape.Dimensions());
        using Tensor output = Tensor.Create(Context, layer.OutputShape(shape).Dimensions());
        using Tensor dy = Tensor.FromSpan(Context, weights, layer.OutputShape(shape).Dimensions());
        using Tensor dx = Tensor.FromSpan(Context, Numbers.Poisoned(x.Length), shape.Dimensions());
        using TrainingTape tape = layer.CreateTape(shape);
        layer.ForwardTraining(input, shape, tape, output);
        layer.Backward(input, shape, tape, dy, dx);

        // The loss is linear in x and in the parameters: differences are exact for any step.
        float[] actual = dx.ToArray();
        double start = Loss();
        for (int index = 0; index < x.Length; index++)
        {
            x[index] += 1;
            Assert.That(actual[index], Is.EqualTo(Loss() - start).Within(1e-4), $"gradient by x[{index}]");
            x[index] -= 1;
        }

        foreach (LayerParameter parameter in layer.Parameters)
        {
            float[] gradient = Numbers.Poisoned(parameter.ElementCount);
            layer.GetGradient(parameter.Name, gradient);
            float[] values = new float[parameter.ElementCount];
            layer.GetParameter(parameter.Name, values);
            for (int index = 0; index < values.Length; index++)
            {
                float kept = values[index];
                values[index] = kept + 1;
                layer.SetParameter(parameter.Name, values);
                Assert.That(gradient[index], Is.EqualTo(Loss() - start).Within(1e-4), $"gradient by {parameter.Name}[{index}]");
                values[index] = kept;
            }

            layer.SetParameter(parameter.Name, values);
        }

        double Loss() => Reference(layer, x, shape).Zip(weights, (value, weight) => value * weight).Sum();
    }

    private Conv2d Layer(int inputs, int outputs, int kernel)
    {
        Conv2d layer = new(Context, new Conv2dOptions { InputChannels = inputs, OutputChannels = outputs, KernelSize = kernel });
        int seed = 5;
        foreach (LayerParameter parameter in layer.Parameters)
            layer.SetParameter(parameter.Name, Numbers.Random(seed++, parameter.ElementCount));
        return layer;
    }

    private static double[] Reference(Conv2d layer, double[] x, SequenceShape shape)
    {
        Conv2dOptions options = layer.Options;
        float[] kernel = new float[options.OutputChannels * options.InputChannels * options.KernelSize.Height * options.KernelSize.Width];
        float[] bias = new float[options.OutputChannels];
        layer.GetParameter("kernel", kernel);
        layer.GetParameter("bias", bias);
        int pixels = shape.Height * shape.Width;
        int images = shape.Batch * shape.Steps;
        double[] y = new double[images * options.OutputChannels * pixels];
        for (int image = 0; image < images; image++)
        {
            Span<double> output = y.AsSpan(image * options.OutputChannels * pixels, options.OutputChannels * pixels);
            for (int channel = 0; channel < options.OutputChannels; channel++)
                output.Slice(channel * pixels, pixels).Fill(bias[channel]);
            Convolution.Add(
                x.AsSpan(image * shape.Channels * pixels, shape.Channels * pixels),
                Numbers.ToDouble(kernel),
                output,
                options.InputChannels,
                options.OutputChannels,
                options.KernelSize,
                shape.Height,
                shape.Width);
        }

        return y;
    }
}
