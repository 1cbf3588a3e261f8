namespace ConvLstmNative.Tests;

/// <summary>The encoder-forecaster in plain double loops, with the parameters of a saved model.</summary>
internal sealed class ReferenceSequenceModel
{
    private readonly SequenceModelOptions _options;
    private readonly ReferenceConvLstm[] _encoder;
    private readonly ReferenceConvLstm[] _forecaster;

    public ReferenceSequenceModel(SequenceModelOptions options, string path)
    {
        _options = options;
        using SafetensorsReader file = SafetensorsReader.Open(path);
        Parameters = file.Tensors.Values
            .Where(entry => !entry.Name.StartsWith("optimizer.", StringComparison.Ordinal))
            .ToDictionary(entry => entry.Name, entry => Read(file, entry));
        _encoder = Stack("encoder", options.Channels * options.PatchSize * options.PatchSize);
        _forecaster = Stack("forecaster", 0);
    }

    /// <summary>By their names in files; changes take effect.</summary>
    public Dictionary<string, double[]> Parameters { get; }

    /// <summary>Mean over all elements of the loss of the frames after the first <paramref name="inputSteps"/>.</summary>
    public double Loss(double[] frames, SequenceShape shape, int inputSteps)
    {
        double[] output = Output(frames, shape, inputSteps, shape.Steps - inputSteps);
        int frame = shape.Channels * shape.Height * shape.Width;
        int perSequence = output.Length / shape.Batch;
        double sum = 0;
        for (int index = 0; index < output.Length; index++)
        {
            (int n, int rest) = Math.DivRem(index, perSequence);
            double target = frames[(n * shape.Steps * frame) + (inputSteps * frame) + rest];
            double p = output[index];
            sum += _options.Loss == ConvLstmNative.Loss.MeanSquaredError
                ? (p - target) * (p - target)
                : Math.Max(p, 0) - (p * target) + Math.Log(1 + Math.Exp(-Math.Abs(p)));
        }

        return sum / output.Length;
    }

    /// <summary>Predicted frames (N, horizon, C, H, W).</summary>
    public double[] Predict(double[] frames, SequenceShape shape, int horizon)
    {
        double[] output = Output(frames, shape, shape.Steps, horizon);
        return _options.Loss == ConvLstmNative.Loss.BinaryCrossEntropy ? Array.ConvertAll(output, ReferenceConvLstm.Sigmoid) : output;
    }

    // The first `inputSteps` frames of every sequence in, whole frames out, logits for cross-entropy.
    private double[] Output(double[] frames, SequenceShape shape, int inputSteps, int horizon)
    {
        int patch = _options.PatchSize;
        SequenceShape patched = new(
            1, inputSteps, shape.Channels * patch * patch, shape.Height / patch, shape.Width / patch);
        int frame = shape.Channels * shape.Height * shape.Width;
        double[] result = new double[shape.Batch * horizon * frame];
        for (int n = 0; n < shape.Batch; n++)
        {
            double[] input = frames[(n * shape.Steps * frame)..(((n * shape.Steps) + inputSteps) * frame)];
            double[] output = Sequence(MapPatches(input, shape, toPatches: true), patched, horizon);
            output = MapPatches(output, shape, toPatches: false);
            for (int index = 0; index < output.Length && _options.Residual; index++)
                output[index] += input[((inputSteps - 1) * frame) + (index % frame)];
            output.CopyTo(result, n * horizon * frame);
        }

        return result;
    }

    private double[] Sequence(double[] input, SequenceShape shape, int horizon)
    {
        int pixels = shape.Height * shape.Width;
        List<(double[] H, double[] C)> states = [];
        double[] below = input;
        SequenceShape belowShape = shape;
        foreach ((ReferenceConvLstm layer, RecurrentLayerOptions options) in _encoder.Zip(_options.Layers))
        {
            states.Add((new double[options.HiddenChannels * pixels], new double[options.HiddenChannels * pixels]));
            below = layer.Forward(below, belowShape, states[^1].H, states[^1].C);
            belowShape = belowShape with { Channels = options.HiddenChannels };
        }

        below = [];
        belowShape = shape with { Steps = horizon, Channels = 0 };
        List<double[]> hidden = [];
        for (int index = 0; index < _forecaster.Length; index++)
        {
            below = _forecaster[index].Forward(below, belowShape, states[index].H, states[index].C);
            belowShape = belowShape with { Channels = _options.Layers[index].HiddenChannels };
            hidden.Add(below);
        }

        return Head(hidden, shape, horizon);
    }

    private double[] Head(List<double[]> hidden, SequenceShape shape, int horizon)
    {
        int pixels = shape.Height * shape.Width;
        double[] bias = Parameters["head.bias"];
        double[] output = new double[horizon * shape.Channels * pixels];
        for (int t = 0; t < horizon; t++)
        {
            double[] joined = [.. hidden.SelectMany(h => h.Skip(t * (h.Length / horizon)).Take(h.Length / horizon))];
            Span<double> frame = output.AsSpan(t * shape.Channels * pixels, shape.Channels * pixels);
            for (int channel = 0; channel < shape.Channels; channel++)
                frame.Slice(channel * pixels, pixels).Fill(bias[channel]);
            Convolution.Add(
                joined, Parameters["head.kernel"], frame, joined.Length / pixels, shape.Channels, _options.HeadKernelSize, shape.Height, shape.Width);
        }

        return output;
    }

    private double[] MapPatches(double[] values, SequenceShape frame, bool toPatches)
    {
        int p = _options.PatchSize;
        int size = frame.Channels * frame.Height * frame.Width;
        double[] result = new double[values.Length];
        for (int index = 0; index < values.Length; index++)
        {
            (int image, int rest) = Math.DivRem(index, size);
            (int channel, int place) = Math.DivRem(rest, frame.Height * frame.Width);
            (int y, int x) = Math.DivRem(place, frame.Width);
            int patchedChannel = ((((y % p) * p) + (x % p)) * frame.Channels) + channel;
            int patched = (image * size) + (((patchedChannel * (frame.Height / p)) + (y / p)) * (frame.Width / p)) + (x / p);
            result[toPatches ? patched : index] = values[toPatches ? index : patched];
        }

        return result;
    }

    private ReferenceConvLstm[] Stack(string part, int channels)
    {
        ReferenceConvLstm[] layers = new ReferenceConvLstm[_options.Layers.Count];
        for (int index = 0; index < layers.Length; index++)
        {
            RecurrentLayerOptions layer = _options.Layers[index];
            string prefix = $"{part}.{index}.";
            layers[index] = new ReferenceConvLstm(
                new ConvLstmOptions
                {
                    InputChannels = channels,
                    HiddenChannels = layer.HiddenChannels,
                    InputKernelSize = layer.InputKernelSize,
                    RecurrentKernelSize = layer.RecurrentKernelSize,
                    Peephole = layer.Peephole,
                    Bias = layer.Bias,
                    ForgetBias = layer.ForgetBias,
                },
                Parameters.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .ToDictionary(item => item.Key[prefix.Length..], item => item.Value));
            channels = layer.HiddenChannels;
        }

        return layers;
    }

    private static double[] Read(SafetensorsReader file, SafetensorsEntry entry)
    {
        float[] values = new float[entry.ElementCount];
        file.Read(entry.Name, values);
        return Numbers.ToDouble(values);
    }
}
