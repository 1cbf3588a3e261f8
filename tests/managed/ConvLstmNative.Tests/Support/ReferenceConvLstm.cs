namespace ConvLstmNative.Tests;

/// <summary>A ConvLSTM layer in plain double loops that follow the equations line by line; batch first.</summary>
internal sealed class ReferenceConvLstm(ConvLstmOptions options, IReadOnlyDictionary<string, double[]> parameters)
{
    /// <summary>The layer with the parameters that a real one has.</summary>
    public static ReferenceConvLstm Of(ConvLstm layer) => new(layer.Options, layer.Parameters.ToDictionary(
        parameter => parameter.Name,
        parameter =>
        {
            float[] values = new float[parameter.ElementCount];
            layer.GetParameter(parameter.Name, values);
            return Numbers.ToDouble(values);
        }));

    public IReadOnlyDictionary<string, double[]> Parameters => parameters;

    /// <summary>h of every step (N, T, F, H, W).</summary>
    /// <param name="x">(N, T, C, H, W).</param>
    /// <param name="shape">Shape of x.</param>
    /// <param name="h">(N, F, H, W), in place.</param>
    /// <param name="c">(N, F, H, W), in place.</param>
    public double[] Forward(double[] x, SequenceShape shape, double[] h, double[] c)
    {
        int frame = shape.Channels * shape.Height * shape.Width;
        int state = options.HiddenChannels * shape.Height * shape.Width;
        double[] y = new double[shape.Batch * shape.Steps * state];
        for (int n = 0; n < shape.Batch; n++)
            for (int t = 0; t < shape.Steps; t++)
            {
                int step = (n * shape.Steps) + t;
                Step(x.AsSpan(step * frame, frame), h.AsSpan(n * state, state), c.AsSpan(n * state, state), shape.Height, shape.Width);
                h.AsSpan(n * state, state).CopyTo(y.AsSpan(step * state));
            }

        return y;
    }

    private void Step(ReadOnlySpan<double> x, Span<double> h, Span<double> c, int height, int width)
    {
        int features = options.HiddenChannels;
        int pixels = height * width;
        double[] z = new double[4 * features * pixels];
        if (options.InputChannels > 0)
            Convolution.Add(x, parameters["input_kernel"], z, options.InputChannels, 4 * features, options.InputKernelSize, height, width);
        Convolution.Add(h, parameters["recurrent_kernel"], z, features, 4 * features, options.RecurrentKernelSize, height, width);
        double[] bias = options.Bias ? parameters["bias"] : new double[4 * features];
        double[] peephole = options.Peephole == Peephole.PerChannel ? parameters["peephole"] : new double[3 * features];
        for (int k = 0; k < features; k++)
            for (int p = 0; p < pixels; p++)
            {
                int at = (k * pixels) + p;
                double i = Sigmoid(z[at] + bias[k] + (peephole[k] * c[at]));
                double f = Sigmoid(z[((features + k) * pixels) + p] + bias[features + k] + (peephole[features + k] * c[at]) + options.ForgetBias);
                double g = Math.Tanh(z[(((2 * features) + k) * pixels) + p] + bias[(2 * features) + k]);
                c[at] = (f * c[at]) + (i * g);
                double o = Sigmoid(z[(((3 * features) + k) * pixels) + p] + bias[(3 * features) + k] + (peephole[(2 * features) + k] * c[at]));
                h[at] = o * Math.Tanh(c[at]);
            }
    }

    public static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
}
