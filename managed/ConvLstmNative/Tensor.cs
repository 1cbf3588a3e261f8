using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// A dense, row-major array of 32-bit floats on a context's device. Work on it counts as use of its context: one thread at
/// a time.
/// </summary>
public sealed unsafe class Tensor : IDisposable
{
    private readonly long[] _shape;

    private Tensor(Context context, TensorHandle handle, ReadOnlySpan<long> shape, long elementCount, bool isBorrowed)
    {
        Context = context;
        Handle = handle;
        _shape = shape.ToArray();
        ElementCount = elementCount;
        IsBorrowed = isBorrowed;
    }

    /// <summary>The context that the tensor belongs to.</summary>
    public Context Context { get; }

    /// <summary>The sizes, outermost first.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Product of the sizes.</summary>
    public long ElementCount { get; }

    /// <summary>Whether the memory is the caller's.</summary>
    public bool IsBorrowed { get; }

    internal TensorHandle Handle { get; }

    /// <summary>Creates a tensor of zeros.</summary>
    /// <param name="context">Where.</param>
    /// <param name="shape">At most 8 sizes, each at least 0.</param>
    /// <exception cref="SizeOverflowException">The product of the sizes is too large.</exception>
    public static Tensor Create(Context context, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(context);
        long count = Check.ElementCount(shape, nameof(shape));
        TensorHandle handle;
        NativeStatusCode status;
        fixed (long* dims = shape)
            status = NativeMethods.TensorCreate(context.Handle, (int)NativeDtype.Float32, dims, shape.Length, out handle);
        status.ThrowIfFailed();
        return new Tensor(context, handle, shape, count, isBorrowed: false);
    }

    /// <summary>Creates a tensor with these values.</summary>
    /// <param name="context">Where.</param>
    /// <param name="values">As many as the product of the sizes; copied.</param>
    /// <param name="shape">At most 8 sizes, each at least 0.</param>
    public static Tensor FromSpan(Context context, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(context);
        Check.Length(values.Length, Check.ElementCount(shape, nameof(shape)), nameof(values));
        Tensor tensor = Create(context, shape);
        try
        {
            tensor.Upload(values);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Creates a tensor over the caller's memory, which stays pinned, and is read and written in place, until the
    /// tensor is disposed. CPU contexts only.</summary>
    /// <param name="context">Where.</param>
    /// <param name="memory">As many elements as the product of the sizes.</param>
    /// <param name="shape">At most 8 sizes, each at least 0.</param>
    /// <exception cref="UnsupportedFeatureException">The context is not a CPU context.</exception>
    public static Tensor Borrow(Context context, Memory<float> memory, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(context);
        long count = Check.ElementCount(shape, nameof(shape));
        Check.Length(memory.Length, count, nameof(memory));
        System.Buffers.MemoryHandle pin = memory.Pin();
        TensorHandle handle;
        NativeStatusCode status;
        fixed (long* dims = shape)
        {
            status = NativeMethods.TensorBorrow(
                context.Handle, (int)NativeDtype.Float32, dims, shape.Length, (float*)pin.Pointer, count, out handle);
        }

        if (status != NativeStatusCode.Ok)
            pin.Dispose();
        status.ThrowIfFailed();
        handle.Keep(pin);
        return new Tensor(context, handle, shape, count, isBorrowed: true);
    }

    /// <summary>Copies values into the tensor.</summary>
    /// <param name="values">As many as the tensor has elements.</param>
    public void Upload(ReadOnlySpan<float> values)
    {
        Check.Length(values.Length, ElementCount, nameof(values));
        fixed (float* data = values)
            NativeMethods.TensorUpload(Handle, NotNull(data), values.Length).ThrowIfFailed();
    }

    /// <summary>Copies the tensor's values out.</summary>
    /// <param name="values">As many as the tensor has elements.</param>
    public void Download(Span<float> values)
    {
        Check.Length(values.Length, ElementCount, nameof(values));
        fixed (float* data = values)
            NativeMethods.TensorDownload(Handle, NotNull(data), values.Length).ThrowIfFailed();
    }

    /// <summary>The tensor's values in a new array.</summary>
    public float[] ToArray()
    {
        float[] values = new float[ElementCount];
        Download(values);
        return values;
    }

    /// <summary>Sets every element to this value.</summary>
    public void Fill(float value) => NativeMethods.TensorFill(Handle, value).ThrowIfFailed();

    /// <summary>Applies the logistic function 1 / (1 + exp(-x)) to every element in place.</summary>
    public void Sigmoid() => NativeMethods.TensorSigmoid(Handle).ThrowIfFailed();

    /// <summary>Copies channels to another tensor: destination[:, to : to + count] = this[:, from : from + count]. The last
    /// three dimensions of both are (channels, H, W), with the same H, W and number of images.</summary>
    /// <param name="from">First channel to copy.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Another tensor.</param>
    /// <param name="to">Where the first one goes.</param>
    public void CopyChannels(long from, long count, Tensor destination, long to)
    {
        ArgumentNullException.ThrowIfNull(destination);
        NativeMethods.TensorCopyChannels(Handle, from, count, destination.Handle, to).ThrowIfFailed();
    }

    /// <summary>Adds another tensor's elements to this one's.</summary>
    /// <param name="other">A tensor of the same number of elements.</param>
    public void Add(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        NativeMethods.TensorAdd(Handle, other.Handle).ThrowIfFailed();
    }

    /// <summary>The tensor's own memory, valid until the tensor is disposed. Keep the tensor alive while it is in use.</summary>
    /// <exception cref="UnsupportedFeatureException">The tensor is not in the processor's memory.</exception>
    public Span<float> AsSpan()
    {
        if (ElementCount > int.MaxValue)
            throw new SizeOverflowException($"tensor: expected at most {int.MaxValue} elements for a span, got {ElementCount}");
        float* data;
        NativeMethods.TensorGetData(Handle.Value, &data).ThrowIfFailed();
        GC.KeepAlive(this);
        return new Span<float>(data, (int)ElementCount);
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    // An empty span pins to null, which the native side refuses even where there is nothing to copy.
    private static float* NotNull(float* data) => data == null ? (float*)sizeof(float) : data;
}
