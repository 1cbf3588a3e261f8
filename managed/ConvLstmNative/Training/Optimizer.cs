using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>Updates the parameters of layers from their gradients, on the device. One thread at a time.</summary>
public sealed unsafe class Optimizer : IDisposable
{
    private static readonly string[] SgdSlots = ["v"];
    private static readonly string[] AdamSlots = ["m", "v"];

    private float _learningRate;

    /// <summary>Creates an optimizer that updates no layer yet.</summary>
    /// <exception cref="InvalidArgumentException">The options hold a value that is not accepted.</exception>
    public Optimizer(Context context, OptimizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        NativeOptimizerDesc desc = new() { StructSize = (uint)sizeof(NativeOptimizerDesc) };
        NativeMethods.OptimizerDescInit(&desc).ThrowIfFailed();
        desc.Kind = (int)options.Kind;
        desc.LearningRate = options.LearningRate;
        desc.Momentum = options.Momentum;
        desc.Beta1 = options.Beta1;
        desc.Beta2 = options.Beta2;
        desc.Epsilon = options.Epsilon;
        desc.MaxNorm = options.MaxGradientNorm;
        NativeStatusCode status = NativeMethods.OptimizerCreate(context.Handle, &desc, out OptimizerHandle handle);
        status.ThrowIfFailed();
        Handle = handle;
        Options = options;
        _learningRate = options.LearningRate;
    }

    /// <summary>The description that the optimizer was created from.</summary>
    public OptimizerOptions Options { get; }

    /// <summary>Names of the arrays kept for each parameter: Adam m and v, SGD v.</summary>
    public IReadOnlyList<string> Slots => Options.Kind == OptimizerKind.Adam ? AdamSlots : SgdSlots;

    /// <summary>Learning rate of the steps to come, at least 0.</summary>
    public float LearningRate
    {
        get => _learningRate;
        set
        {
            NativeMethods.OptimizerSetLearningRate(Handle, value).ThrowIfFailed();
            _learningRate = value;
        }
    }

    /// <summary>Steps made so far. Set it to resume.</summary>
    public long StepCount
    {
        get
        {
            long count;
            NativeMethods.OptimizerGetStepCount(Handle, &count).ThrowIfFailed();
            return count;
        }
        set => NativeMethods.OptimizerSetStepCount(Handle, value).ThrowIfFailed();
    }

    internal OptimizerHandle Handle { get; }

    /// <summary>Adds the parameters of a layer, with slots of zeros. A layer can be added once.</summary>
    public void Add(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        NativeMethods.OptimizerAddLayer(Handle, layer.Handle).ThrowIfFailed();
    }

    /// <summary>Clips the gradients, updates all parameters and clears the gradients.</summary>
    /// <returns>Norm of the gradients before clipping.</returns>
    /// <exception cref="NotFiniteException">A gradient is not finite: nothing was updated, the gradients are cleared.</exception>
    public float Step()
    {
        float norm;
        NativeMethods.OptimizerStep(Handle, &norm).ThrowIfFailed();
        return norm;
    }

    /// <summary>Copies a slot to the caller, to save it.</summary>
    /// <param name="layer">One that was added.</param>
    /// <param name="parameter">Name of the parameter.</param>
    /// <param name="slot">Index into <see cref="Slots"/>.</param>
    /// <param name="values">Receives as many elements as the parameter has.</param>
    public void GetSlot(Layer layer, string parameter, int slot, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(layer);
        int index = layer.IndexOf(parameter, values.Length, nameof(values));
        fixed (float* data = values)
            NativeMethods.OptimizerGetSlot(Handle, layer.Handle, index, slot, data, values.Length).ThrowIfFailed();
    }

    /// <summary>Copies a slot from the caller, to resume.</summary>
    /// <param name="layer">One that was added.</param>
    /// <param name="parameter">Name of the parameter.</param>
    /// <param name="slot">Index into <see cref="Slots"/>.</param>
    /// <param name="values">As many elements as the parameter has, all finite.</param>
    public void SetSlot(Layer layer, string parameter, int slot, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(layer);
        int index = layer.IndexOf(parameter, values.Length, nameof(values));
        fixed (float* data = values)
            NativeMethods.OptimizerSetSlot(Handle, layer.Handle, index, slot, data, values.Length).ThrowIfFailed();
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
