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

    /// <summary>Norm of all gradients together in the last step, before clipping; 0 before the first. Waits for a
    /// GPU.</summary>
    /// <exception cref="NotFiniteException">Once, after steps that a GPU has skipped: see <see cref="Step()"/>.</exception>
    public float GradientNorm
    {
        get
        {
            float norm;
            NativeMethods.OptimizerGetGradientNorm(Handle, &norm).ThrowIfFailed();
            return norm;
        }
    }

    /// <summary>Steps made so far; skipped ones do not count. Set it to resume. Reading waits for a GPU.</summary>
    /// <exception cref="NotFiniteException">Once, after steps that a GPU has skipped: see <see cref="Step()"/>.</exception>
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

    /// <summary>Clips the gradients, updates all parameters and clears the gradients. A GPU is not waited for.</summary>
    /// <remarks>Where a gradient is not finite the step is skipped: nothing is updated, the gradients are cleared. The CPU
    /// throws at once. A GPU skips by itself; the next member that waits for it throws, once: <see cref="Step(out float)"/>,
    /// <see cref="GradientNorm"/>, <see cref="StepCount"/> or <see cref="GetSlot"/>.</remarks>
    /// <exception cref="NotFiniteException">On the CPU: a gradient is not finite.</exception>
    public void Step() => NativeMethods.OptimizerStep(Handle, null).ThrowIfFailed();

    /// <summary>The same, and waits for the norm of the gradients.</summary>
    /// <param name="gradientNorm">Receives the norm of all gradients together, before clipping.</param>
    /// <exception cref="NotFiniteException">A gradient is not finite, of this step or of an earlier one that a GPU has skipped;
    /// the message says which. This step is skipped only where it is its own.</exception>
    public void Step(out float gradientNorm)
    {
        float norm;
        NativeMethods.OptimizerStep(Handle, &norm).ThrowIfFailed();
        gradientNorm = norm;
    }

    /// <summary>Copies a slot to the caller, to save it.</summary>
    /// <param name="layer">One that was added.</param>
    /// <param name="parameter">Name of the parameter.</param>
    /// <param name="slot">Index into <see cref="Slots"/>.</param>
    /// <param name="values">Receives as many elements as the parameter has.</param>
    /// <exception cref="NotFiniteException">Once, after steps that a GPU has skipped: see <see cref="Step()"/>.</exception>
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
