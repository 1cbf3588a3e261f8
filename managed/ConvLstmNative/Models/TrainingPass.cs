namespace ConvLstmNative;

/// <summary>Forward, loss and backward for one shape, with all that they need kept on the device.</summary>
internal sealed class TrainingPass : IDisposable
{
    private readonly DisposableList _owned = new();
    private readonly EncoderForecaster _layers;
    private readonly ForwardPass _forward;
    private readonly BackwardPass _backward;
    private readonly Tensor _target;
    private Tensor? _weights;
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
    /// <param name="input">Input frames, cut into patches.</param>
    /// <param name="target">Frames to predict, cut into patches.</param>
    /// <param name="weights">What each element of the target counts; empty: 1 each.</param>
    /// <param name="loss">Which loss.</param>
    /// <param name="dropoutSeed">Decides what is dropped.</param>
    /// <returns>The loss.</returns>
    public float Run(
        ReadOnlySpan<float> input, ReadOnlySpan<float> target, ReadOnlySpan<float> weights, Loss loss, ulong dropoutSeed)
    {
        // What a failed step may have left.
        for (int index = 0; index < _layers.All.Count; index++) // an enumerator would be on the heap
            _layers.All[index].Layer.ZeroGradients();
        _forward.Input.Upload(input);
        _target.Upload(target);
        _forward.Run(dropoutSeed);
        float value = LossFunction.Evaluate(loss, _forward.Prediction, _target, Upload(weights), _forward.Prediction);
        _backward.Run(_forward.Prediction);
        return value;
    }

    public void Dispose() => _owned.Dispose();

    private Tensor? Upload(ReadOnlySpan<float> weights)
    {
        if (weights.IsEmpty)
            return null;
        _weights ??= _owned.Add(Tensor.Create(_layers.Context, _forward.PredictionShape.Dimensions()));
        _weights.Upload(weights);
        return _weights;
    }
}
