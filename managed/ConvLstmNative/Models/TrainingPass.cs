namespace ConvLstmNative;

/// <summary>Forward, loss and backward for one shape, with all that they need kept on the device.</summary>
internal sealed class TrainingPass : IDisposable
{
    private readonly DisposableList _owned = new();
    private readonly EncoderForecaster _layers;
    private readonly ForwardPass _forward;
    private readonly BackwardPass _backward;
    private readonly Tensor _target;
    private readonly SequenceShape _input;
    private readonly int _horizon;

    public TrainingPass(EncoderForecaster layers, SequenceShape input, int horizon)
    {
        _layers = layers;
        _input = input;
        _horizon = horizon;
        try
        {
            _forward = _owned.Add(new ForwardPass(layers, input, horizon, isTraining: true));
            _backward = _owned.Add(new BackwardPass(layers, _forward));
            _target = _owned.Add(Tensor.Create(layers.Context, _forward.PredictionShape.Dimensions()));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    public bool Fits(in SequenceShape input, int horizon) => input == _input && horizon == _horizon;

    /// <summary>Replaces the gradients of all parameters.</summary>
    /// <returns>The loss.</returns>
    public float Run(ReadOnlySpan<float> input, ReadOnlySpan<float> target, Loss loss)
    {
        // What a failed step may have left.
        foreach ((_, Layer layer) in _layers.All)
            layer.ZeroGradients();
        _forward.Input.Upload(input);
        _target.Upload(target);
        _forward.Run();
        float value = LossFunction.Evaluate(loss, _forward.Prediction, _target, _forward.Prediction);
        _backward.Run(_forward.Prediction);
        return value;
    }

    public void Dispose() => _owned.Dispose();
}
