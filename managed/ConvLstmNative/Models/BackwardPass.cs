namespace ConvLstmNative;

/// <summary>The backward pass that belongs to a training <see cref="ForwardPass"/>: from the head down to the frames.</summary>
internal sealed class BackwardPass : IDisposable
{
    private readonly DisposableList _owned = new();
    private readonly EncoderForecaster _layers;
    private readonly ForwardPass _forward;
    private readonly Tensor _joined;
    private readonly Gradients[] _forecaster;
    private readonly Gradients[] _encoder;

    public BackwardPass(EncoderForecaster layers, ForwardPass forward)
    {
        _layers = layers;
        _forward = forward;
        try
        {
            _joined = _owned.Add(Tensor.Create(layers.Context, forward.JoinedShape.Dimensions()));
            _forecaster = [.. forward.Forecaster.Select((layer, index) => Of(layer, index, isForecaster: true))];
            _encoder = [.. forward.Encoder.Select((layer, index) => Of(layer, index, isForecaster: false))];
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>Adds to the gradients of all parameters.</summary>
    /// <param name="predictionGradient">Gradient of the loss by the forward pass's prediction.</param>
    public void Run(Tensor predictionGradient)
    {
        _layers.Head.Backward(_forward.Joined, _forward.JoinedShape, _forward.HeadTape!, predictionGradient, _joined);
        RunForecaster();
        RunEncoder();
    }

    public void Dispose() => _owned.Dispose();

    // A forecaster layer's output goes to the head and to the layer above: its gradient is the sum of both.
    private void RunForecaster()
    {
        int channel = _forward.JoinedShape.Channels;
        Tensor? fromAbove = null;
        for (int index = _forecaster.Length - 1; index >= 0; index--)
        {
            LayerPass layer = _forward.Forecaster[index];
            channel -= layer.HiddenChannels;
            Tensor output = _forecaster.Length == 1 ? _joined : _forecaster[index].Output!;
            if (output != _joined)
                _joined.CopyChannels(channel, layer.HiddenChannels, output, 0);
            if (fromAbove is not null)
                output.Add(fromAbove);
            _forecaster[index].State.Reset();
            Run(layer, index > 0 ? _forward.Forecaster[index - 1].Output : null, output, _forecaster[index]);
            fromAbove = _forecaster[index].Input;
        }
    }

    private void RunEncoder()
    {
        Tensor? fromAbove = null;
        for (int index = _encoder.Length - 1; index >= 0; index--)
        {
            _forecaster[index].State.CopyTo(_encoder[index].State);
            Tensor below = index > 0 ? _forward.Encoder[index - 1].Output : _forward.Input;
            Run(_forward.Encoder[index], below, fromAbove, _encoder[index]);
            fromAbove = _encoder[index].Input;
        }
    }

    private static void Run(LayerPass layer, Tensor? input, Tensor? output, Gradients gradients) =>
        layer.Layer.Backward(input, layer.InputShape, layer.Tape!, output, gradients.State, gradients.Input);

    private Gradients Of(LayerPass layer, int index, bool isForecaster)
    {
        // Nobody asks for the gradient by the frames; a lone forecaster layer reads the head's gradient in place.
        bool needsInput = index > 0;
        bool needsOutput = isForecaster && _forward.Forecaster.Length > 1;
        return new Gradients(
            _owned.Add(layer.Layer.CreateState(layer.InputShape)),
            needsInput ? _owned.Add(Tensor.Create(_layers.Context, layer.InputShape.Dimensions())) : null,
            needsOutput ? _owned.Add(Tensor.Create(_layers.Context, layer.Output.Shape)) : null);
    }

    private sealed record Gradients(RecurrentState State, Tensor? Input, Tensor? Output);
}
