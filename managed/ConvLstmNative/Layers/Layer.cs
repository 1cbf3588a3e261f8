using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>A layer with its parameters and their gradients, on a context. One thread at a time.</summary>
public abstract unsafe class Layer : IDisposable
{
    private readonly LayerParameter[] _parameters;

    private protected Layer(Context context, LayerHandle handle)
    {
        Context = context;
        Handle = handle;
        try
        {
            _parameters = ReadParameters(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        Sessions = new SessionCache(this);
    }

    /// <summary>The context that the layer belongs to.</summary>
    public Context Context { get; }

    /// <summary>The parameters, in their canonical order.</summary>
    public IReadOnlyList<LayerParameter> Parameters => _parameters;

    /// <summary>Elements of all parameters together.</summary>
    public long ParameterCount => _parameters.Sum(parameter => parameter.ElementCount);

    internal LayerHandle Handle { get; }

    internal SessionCache Sessions { get; }

    /// <summary>Fills kernels with the Glorot uniform distribution, scales of normalizations with ones, biases, peepholes and
    /// shifts with zeros. The same seed gives the same numbers on every machine.</summary>
    public void Initialize(ulong seed) => NativeMethods.LayerInitialize(Handle, seed).ThrowIfFailed();

    /// <summary>Copies a parameter into the layer.</summary>
    /// <param name="name">One of <see cref="Parameters"/>.</param>
    /// <param name="values">All its elements.</param>
    /// <exception cref="NotFiniteException">A value is NaN or infinite; nothing was changed.</exception>
    public void SetParameter(string name, ReadOnlySpan<float> values)
    {
        int index = IndexOf(name, values.Length, nameof(values));
        fixed (float* data = values)
            NativeMethods.LayerSetParameter(Handle, index, data, values.Length).ThrowIfFailed();
    }

    /// <summary>Copies a parameter to the caller.</summary>
    /// <param name="name">One of <see cref="Parameters"/>.</param>
    /// <param name="values">Receives all its elements.</param>
    public void GetParameter(string name, Span<float> values)
    {
        int index = IndexOf(name, values.Length, nameof(values));
        fixed (float* data = values)
            NativeMethods.LayerGetParameter(Handle, index, data, values.Length).ThrowIfFailed();
    }

    /// <summary>Copies the gradient of a parameter, accumulated since it was last cleared, to the caller.</summary>
    /// <param name="name">One of <see cref="Parameters"/>.</param>
    /// <param name="values">Receives all its elements; zeros where there is no gradient.</param>
    public void GetGradient(string name, Span<float> values)
    {
        int index = IndexOf(name, values.Length, nameof(values));
        fixed (float* data = values)
            NativeMethods.LayerGetGradient(Handle, index, data, values.Length).ThrowIfFailed();
    }

    /// <summary>Clears the gradients of all parameters.</summary>
    public void ZeroGradients() => NativeMethods.LayerZeroGradients(Handle).ThrowIfFailed();

    /// <summary>Name of the executor that runs sequences of this shape, such as "generic".</summary>
    public string ExecutorFor(SequenceShape shape)
    {
        Check.Shape(shape, InputChannelCount, Rank);
        return NativeText.Read(Sessions.Get(shape).Info.Executor);
    }

    /// <summary>How the layer runs sequences of this shape, and why.</summary>
    /// <param name="shape">(N, T, C, H, W), whatever the layout.</param>
    /// <exception cref="ArgumentException">The shape has other channels, or sizes that the input's kernel does not fit into.</exception>
    public ExecutionPlan Explain(SequenceShape shape)
    {
        Check.Shape(shape, InputChannelCount, Rank);
        return Sessions.Get(shape).Explain(shape.Steps);
    }

    /// <summary>Frees the working memory kept for the shapes that were run. It is made again when needed.</summary>
    public void TrimCache() => Sessions.Trim();

    /// <summary>Creates an empty tape for training on sequences of this batch and size and up to this many steps.</summary>
    public TrainingTape CreateTape(SequenceShape shape)
    {
        Check.Shape(shape, InputChannelCount, Rank);
        return new TrainingTape(Sessions.Get(shape), shape.Steps, options: null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sessions.Dispose();
        Handle.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract int InputChannelCount { get; }

    /// <summary>Spatial dimensions.</summary>
    internal abstract int Rank { get; }

    internal int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int index = Array.FindIndex(_parameters, parameter => parameter.Name == name);
        return index >= 0 ? index : throw new ArgumentException(
            $"expected one of {string.Join(", ", _parameters.Select(parameter => parameter.Name))}, got '{name}'", nameof(name));
    }

    internal int IndexOf(string name, int length, string lengthName)
    {
        int index = IndexOf(name);
        Check.Length(length, _parameters[index].ElementCount, lengthName);
        return index;
    }

    private static LayerParameter[] ReadParameters(LayerHandle handle)
    {
        int count;
        NativeMethods.LayerGetParameterCount(handle, &count).ThrowIfFailed();
        LayerParameter[] parameters = new LayerParameter[count];
        for (int index = 0; index < count; index++)
        {
            NativeParameterInfo info = new() { StructSize = (uint)sizeof(NativeParameterInfo) };
            NativeMethods.LayerGetParameterInfo(handle, index, &info).ThrowIfFailed();
            parameters[index] = new LayerParameter(
                NativeText.Read(info.Name), [.. new ReadOnlySpan<long>(info.Dims, info.Rank)], info.ElementCount);
        }

        return parameters;
    }
}
