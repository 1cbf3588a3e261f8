namespace ConvLstmNative;

/// <summary>
/// The encoder-forecaster of Shi et al. 2015. An encoder of ConvLSTM (or ConvGRU) layers reads the input frames; its final states are
/// where a forecaster of the same layers starts, whose first layer has no input; a convolution over the hidden states of all
/// its layers makes the predicted frames. One thread at a time.
/// </summary>
public sealed class SequenceModel : IDisposable
{
    private readonly FrameBuffer _frames = new();
    private readonly FrameBuffer _predicted = new();
    private ForwardPass? _pass;
    private (SequenceShape Shape, int Horizon) _passKey;
    private bool _isDisposed;

    /// <summary>Creates a model with random parameters.</summary>
    /// <param name="context">Where.</param>
    /// <param name="options">Description of the model.</param>
    /// <param name="seed">The same seed gives the same numbers on every machine.</param>
    /// <exception cref="ArgumentException">The description contradicts itself.</exception>
    public SequenceModel(Context context, SequenceModelOptions options, ulong seed = 0)
        : this(context, options)
    {
        try
        {
            Layers.Initialize(seed);
        }
        catch
        {
            Layers.Dispose();
            throw;
        }
    }

    private SequenceModel(Context context, SequenceModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Context = context;
        Options = options with { Layers = [.. options.Layers] };
        Layers = new EncoderForecaster(context, Options);
    }

    /// <summary>The context that the model belongs to.</summary>
    public Context Context { get; }

    /// <summary>Description of the model.</summary>
    public SequenceModelOptions Options { get; }

    /// <summary>Free notes that are saved beside the description, such as the scale of the data.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Elements of all parameters together.</summary>
    public long ParameterCount => Layers.ParameterCount;

    internal EncoderForecaster Layers { get; }

    /// <summary>Held while a call uses the model's layers.</summary>
    internal ExclusiveUse Use { get; } = new(nameof(SequenceModel));

    /// <summary>Reads a model, or the model of a training checkpoint.</summary>
    /// <param name="context">Where.</param>
    /// <param name="path">A safetensors file that <see cref="Save"/> or <see cref="SequenceTrainer.Save"/> wrote.</param>
    /// <exception cref="ModelFormatException">The file is damaged, is no model, or contradicts itself.</exception>
    public static SequenceModel Load(Context context, string path)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using SafetensorsReader file = SafetensorsReader.Open(path);
        return ModelFile.ReadModel(context, file);
    }

    /// <summary>A model whose parameters are zeros, for a reader to fill.</summary>
    internal static SequenceModel CreateEmpty(Context context, SequenceModelOptions options) => new(context, options);

    /// <summary>Writes the model to a temporary name, then renames.</summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using ExclusiveUse.Scope use = Use.Enter();
        ModelFile.Write(path, this, trainer: null);
    }

    /// <summary>Predicts the frames that follow.</summary>
    /// <param name="frames">Input frames (N, T, C, H, W), values in [0, 1].</param>
    /// <param name="shape">Their shape; H and W are multiples of the patch size.</param>
    /// <param name="horizon">Steps to predict, at least 1; any number, whatever the model was trained on.</param>
    /// <param name="predicted">Receives (N, horizon, C, H, W).</param>
    /// <exception cref="ContextBusyException">Another thread is using the model or its context.</exception>
    public void Predict(ReadOnlySpan<float> frames, SequenceShape shape, int horizon, Span<float> predicted)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        CheckShape(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        SequenceShape output = shape with { Steps = horizon };
        Check.Length(frames.Length, shape.ElementCount, nameof(frames));
        Check.Length(predicted.Length, output.ElementCount, nameof(predicted));

        using ExclusiveUse.Scope use = Use.Enter();
        ForwardPass pass = PassFor(shape, horizon);
        ReadOnlySpan<float> patched = Patch(frames, shape, _frames);
        pass.Input.Upload(patched);
        pass.Run();
        if (Options.Loss == Loss.BinaryCrossEntropy)
            pass.Prediction.Sigmoid();

        Span<float> result = Options.PatchSize == 1 ? predicted : _predicted.Get(predicted.Length);
        pass.Prediction.Download(result);
        if (Options.PatchSize > 1)
            PatchLayout.DepthToSpace(result, shape, Options.PatchSize, predicted);
        if (Options.Residual)
            Residuals.Add(frames, shape, horizon, predicted);
    }

    /// <summary>How each layer runs a prediction of this shape, and why.</summary>
    /// <param name="shape">(N, T, C, H, W) of the input frames.</param>
    /// <param name="horizon">Steps to predict, at least 1.</param>
    public IReadOnlyList<LayerPlan> Explain(SequenceShape shape, int horizon)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        CheckShape(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        return Layers.Explain(Patched(shape), horizon);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _pass?.Dispose();
        _pass = null;
        Layers.Dispose();
    }

    /// <summary>The frames must have the model's channels, and be cut into patches without rest.</summary>
    internal void CheckShape(in SequenceShape shape)
    {
        Check.Shape(shape, Options.Channels);
        if (shape.Height % Options.PatchSize != 0 || shape.Width % Options.PatchSize != 0)
        {
            throw new ArgumentException(
                $"expected H and W that are multiples of the patch size {Options.PatchSize}, got {shape.Height} and {shape.Width}",
                nameof(shape));
        }
    }

    /// <summary>Shape of the frames cut into patches.</summary>
    internal SequenceShape Patched(in SequenceShape shape) => shape with
    {
        Channels = Options.PatchedChannels,
        Height = shape.Height / Options.PatchSize,
        Width = shape.Width / Options.PatchSize,
    };

    /// <summary>The frames cut into patches: the frames themselves where there is nothing to cut.</summary>
    internal ReadOnlySpan<float> Patch(ReadOnlySpan<float> frames, in SequenceShape shape, FrameBuffer buffer)
    {
        if (Options.PatchSize == 1)
            return frames;
        Span<float> patched = buffer.Get(frames.Length);
        PatchLayout.SpaceToDepth(frames, shape, Options.PatchSize, patched);
        return patched;
    }

    private ForwardPass PassFor(in SequenceShape shape, int horizon)
    {
        if (_pass is null || _passKey != (shape, horizon))
        {
            _pass?.Dispose();
            _pass = null;
            _pass = new ForwardPass(Layers, Patched(shape), horizon, isTraining: false);
            _passKey = (shape, horizon);
        }

        return _pass;
    }
}
