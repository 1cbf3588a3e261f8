namespace ConvLstmNative;

/// <summary>Trains a <see cref="SequenceModel"/> on batches of frame sequences. One thread at a time.</summary>
public sealed class SequenceTrainer : IDisposable
{
    private readonly FrameBuffer _input = new();
    private readonly FrameBuffer _target = new();
    private readonly FrameBuffer _weights = new();
    private readonly bool _ownsModel;
    private TrainingPass? _pass;
    private long _stepCount; // as if a GPU had skipped none of those that it has not told of
    private bool _isDisposed;

    /// <summary>Creates a trainer.</summary>
    /// <param name="model">Its parameters are updated in place; it stays the caller's to dispose.</param>
    /// <param name="options">Description of the optimizer.</param>
    public SequenceTrainer(SequenceModel model, OptimizerOptions options)
        : this(model, options, ownsModel: false)
    {
    }

    private SequenceTrainer(SequenceModel model, OptimizerOptions options, bool ownsModel)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        Model = model;
        _ownsModel = ownsModel;
        Optimizer = new Optimizer(model.Context, options);
        try
        {
            foreach ((_, Layer layer) in model.Layers.All)
                Optimizer.Add(layer);
        }
        catch
        {
            Optimizer.Dispose();
            throw;
        }
    }

    /// <summary>The model that is trained.</summary>
    public SequenceModel Model { get; }

    /// <summary>The optimizer as it is now.</summary>
    public OptimizerOptions OptimizerOptions => Optimizer.Options with { LearningRate = LearningRate };

    /// <summary>Steps made so far, those before a resumption among them. Waits for nothing: it counts the steps that a GPU has
    /// skipped until <see cref="NotFiniteException"/> tells of them.</summary>
    public long StepCount
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _stepCount;
        }

        internal set
        {
            Optimizer.StepCount = value;
            _stepCount = value;
        }
    }

    /// <summary>Norm of all gradients together in the last step, before clipping; 0 before the first. Waits for a
    /// GPU.</summary>
    /// <exception cref="NotFiniteException">Once, after steps that a GPU has skipped because a gradient was not
    /// finite.</exception>
    public float GradientNorm
    {
        get
        {
            try
            {
                return Optimizer.GradientNorm;
            }
            catch (NotFiniteException)
            {
                _stepCount = Optimizer.StepCount;
                throw;
            }
        }
    }

    /// <summary>Learning rate of the steps to come, at least 0.</summary>
    public float LearningRate
    {
        get => Optimizer.LearningRate;
        set => Optimizer.LearningRate = value;
    }

    internal Optimizer Optimizer { get; }

    /// <summary>Reads a checkpoint; training goes on to the same numbers as if it had never stopped. The trainer owns the
    /// model and disposes of it.</summary>
    /// <param name="context">Where.</param>
    /// <param name="path">A file that <see cref="Save"/> wrote.</param>
    /// <exception cref="ModelFormatException">The file is damaged, is no checkpoint, or contradicts itself.</exception>
    public static SequenceTrainer Resume(Context context, string path)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using SafetensorsReader file = SafetensorsReader.Open(path);
        OptimizerOptions options = ModelFile.ReadOptimizerOptions(file);
        SequenceModel model = ModelFile.ReadModel(context, file);
        SequenceTrainer? trainer = null;
        try
        {
            trainer = ModelFile.Guard(file, ModelFile.OptimizerKey, () => new SequenceTrainer(model, options, ownsModel: true));
            ModelFile.ReadOptimizer(file, trainer);
            return trainer;
        }
        catch
        {
            trainer?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>Makes one step of training. A GPU is waited for until the loss is there, not for the rest.</summary>
    /// <param name="frames">(N, T, C, H, W), values in [0, 1].</param>
    /// <param name="shape">Their shape; T is the input steps and the steps to predict together.</param>
    /// <param name="inputSteps">How many frames of each sequence are the input, 1 to T − 1.</param>
    /// <param name="weights">What the error of each predicted pixel counts, (N, T − inputSteps, C, H, W), so that what is rare
    /// but matters is not lost in the mean; empty: 1 each.</param>
    /// <returns>The loss before the step, a mean over all predicted pixels.</returns>
    /// <exception cref="ContextBusyException">Another thread is using the model or its context.</exception>
    /// <exception cref="NotFiniteException">A gradient is not finite; the parameters are unchanged. A GPU that skips a step of
    /// finite loss tells of it later: <see cref="GradientNorm"/> or <see cref="Save"/> throws.</exception>
    public float Step(ReadOnlySpan<float> frames, SequenceShape shape, int inputSteps, ReadOnlySpan<float> weights = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Model.CheckShape(shape);
        Check.Length(frames.Length, shape.ElementCount, nameof(frames));
        if (inputSteps < 1 || inputSteps >= shape.Steps)
        {
            throw new ArgumentOutOfRangeException(
                nameof(inputSteps), $"expected 1 to {shape.Steps - 1} of the {shape.Steps} steps, got {inputSteps}");
        }

        SequenceShape predicted = shape with { Steps = shape.Steps - inputSteps };
        if (!weights.IsEmpty)
            Check.Length(weights.Length, predicted.ElementCount, nameof(weights));

        using ExclusiveUse.Scope use = Model.Use.Enter();
        TrainingPass pass = PassFor(shape, inputSteps);
        Split(frames, shape, inputSteps, out ReadOnlySpan<float> input, out ReadOnlySpan<float> target);

        // Of the step's number alone, so that a resumed run drops what the run without the interruption would have dropped.
        ulong dropoutSeed = (ulong)_stepCount;
        ReadOnlySpan<float> patched = weights.IsEmpty ? default : Model.Patch(weights, predicted, _weights);
        float loss = pass.Run(input, target, patched, Model.Options.Loss, dropoutSeed);
        Optimizer.Step();
        _stepCount++;
        if (!float.IsFinite(loss))
            _ = GradientNorm; // throws where the gradients are no better
        return loss;
    }

    /// <summary>Writes model, optimizer and step count to a temporary name, then renames.</summary>
    /// <exception cref="NotFiniteException">Once, after steps that a GPU has skipped because a gradient was not finite; nothing
    /// was written, and the model can be saved all the same.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using ExclusiveUse.Scope use = Model.Use.Enter();
        _ = GradientNorm; // from here on the step count is the device's
        ModelFile.Write(path, Model, this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _pass?.Dispose();
        _pass = null;
        Optimizer.Dispose();
        if (_ownsModel)
            Model.Dispose();
    }

    // Cuts every sequence in input and target, both cut into patches.
    private void Split(
        ReadOnlySpan<float> frames, in SequenceShape shape, int inputSteps, out ReadOnlySpan<float> input, out ReadOnlySpan<float> target)
    {
        int frame = shape.Channels * shape.Height * shape.Width;
        int sequence = frame * shape.Steps;
        int inputSize = frame * inputSteps;
        int targetSize = sequence - inputSize;
        Span<float> inputs = _input.Get((long)shape.Batch * inputSize);
        Span<float> targets = _target.Get((long)shape.Batch * targetSize);
        for (int index = 0; index < shape.Batch; index++)
        {
            ReadOnlySpan<float> all = frames.Slice(index * sequence, sequence);
            Span<float> to = inputs.Slice(index * inputSize, inputSize);
            Span<float> toTarget = targets.Slice(index * targetSize, targetSize);
            PatchLayout.SpaceToDepth(all[..inputSize], shape, Model.Options.PatchSize, to);
            PatchLayout.SpaceToDepth(all[inputSize..], shape, Model.Options.PatchSize, toTarget);
            if (Model.Options.Residual)
                Residuals.Subtract(to[^frame..], toTarget);
        }

        input = inputs;
        target = targets;
    }

    private TrainingPass PassFor(in SequenceShape shape, int inputSteps)
    {
        SequenceShape input = Model.Patched(shape) with { Steps = inputSteps };
        int horizon = shape.Steps - inputSteps;
        if (_pass is null || !_pass.Fits(input, horizon))
        {
            _pass?.Dispose();
            _pass = null;
            _pass = new TrainingPass(Model.Layers, input, horizon);
        }

        return _pass;
    }
}
