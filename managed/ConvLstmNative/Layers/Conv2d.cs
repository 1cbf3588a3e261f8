using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>A convolution layer y = W∗x + b over images, which may be those of sequences.</summary>
public sealed unsafe class Conv2d : Layer
{
    /// <summary>Creates a layer whose parameters are zeros.</summary>
    /// <exception cref="InvalidArgumentException">The options hold a value that the native library does not accept.</exception>
    public Conv2d(Context context, Conv2dOptions options)
        : base(context, Create(context, options)) => Options = options;

    /// <summary>Description of the layer.</summary>
    public Conv2dOptions Options { get; }

    private protected override int InputChannelCount => Options.InputChannels;

    internal override int Rank => 2;

    internal override bool HasLastOutputAlone => false;

    /// <inheritdoc/>
    public override SequenceShape OutputShape(SequenceShape shape)
    {
        Check.Shape(shape, Options.InputChannels);
        return shape with { Channels = Options.OutputChannels };
    }

    /// <summary>Runs over every image of the caller's memory.</summary>
    /// <param name="x">N·T images of C channels.</param>
    /// <param name="shape">(N, T, C, H, W); every image is on its own, so that N and T are only counted.</param>
    /// <param name="y">Receives N·T images.</param>
    public void Forward(ReadOnlySpan<float> x, SequenceShape shape, Span<float> y)
    {
        Session? session = Sessions.Last;
        if (session is null || !session.Takes(shape, shape.Steps, x.Length, y.Length))
        {
            Check.Length(y.Length, OutputShape(shape).ElementCount, nameof(y));
            Check.Length(x.Length, shape.ElementCount, nameof(x));
            session = Sessions.Get(shape);
        }

        fixed (float* xData = x, yData = y)
        {
            NativeMethods.SessionForwardHost(
                session.Handle.Value, shape.Steps, xData, x.Length, null, nint.Zero, yData, y.Length).ThrowIfFailed();
        }

        GC.KeepAlive(session);
    }

    /// <summary>Runs over every image of a tensor.</summary>
    /// <param name="x">N·T images of C channels.</param>
    /// <param name="shape">(N, T, C, H, W); every image is on its own, so that N and T are only counted.</param>
    /// <param name="y">Receives N·T images.</param>
    public void Forward(Tensor x, SequenceShape shape, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        Session? session = Sessions.Last;
        if (session is null || !session.Takes(shape, shape.Steps, Check.Count(x), y.ElementCount))
        {
            CheckTensors(x, shape, y);
            session = Sessions.Get(shape);
        }

        using TensorUse input = new(x);
        using TensorUse output = new(y);
        NativeMethods.SessionForward(session.Handle.Value, shape.Steps, input.Value, null, nint.Zero, output.Value).ThrowIfFailed();
        GC.KeepAlive(session);
    }

    /// <summary>Runs and records what <see cref="Backward"/> needs.</summary>
    /// <param name="x">N·T images of C channels.</param>
    /// <param name="shape">(N, T, C, H, W).</param>
    /// <param name="tape">Made by this layer for this shape.</param>
    /// <param name="y">Receives N·T images.</param>
    public void ForwardTraining(Tensor x, SequenceShape shape, TrainingTape tape, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(tape);
        CheckTensors(x, shape, y);
        tape.CheckBelongs(this, shape);
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        using TensorUse input = new(x);
        using TensorUse output = new(y);
        NativeMethods.SessionForwardTraining(
            tape.Session.Handle.Value, shape.Steps, input.Value, null, nint.Zero, tape.Handle.Value, output.Value).ThrowIfFailed();
        GC.KeepAlive(tape);
    }

    /// <summary>Exact backward pass over what the tape holds; adds to the gradients of the parameters.</summary>
    /// <param name="x">The input of the forward pass, unchanged since.</param>
    /// <param name="shape">The shape of the forward pass.</param>
    /// <param name="tape">Filled by <see cref="ForwardTraining"/>; empty afterwards.</param>
    /// <param name="dy">Gradient of the loss by the output.</param>
    /// <param name="dx">Receives the gradient by the input; null where it is not wanted.</param>
    public void Backward(Tensor x, SequenceShape shape, TrainingTape tape, Tensor dy, Tensor? dx)
    {
        ArgumentNullException.ThrowIfNull(tape);
        CheckTensors(x, shape, dy);
        tape.CheckBelongs(this, shape);
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        using TensorUse input = new(x);
        using TensorUse outputGradient = new(dy);
        using TensorUse inputGradient = new(dx);
        NativeMethods.SessionBackward(
            tape.Session.Handle.Value, input.Value, tape.Handle.Value, outputGradient.Value, nint.Zero, inputGradient.Value)
            .ThrowIfFailed();
        GC.KeepAlive(tape);
    }

    private void CheckTensors(Tensor x, in SequenceShape shape, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        Check.Tensor(y, OutputShape(shape).ElementCount, nameof(y));
        Check.Tensor(x, shape.ElementCount, nameof(x));
    }

    private static LayerHandle Create(Context context, Conv2dOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        NativeConvDesc desc = new() { StructSize = (uint)sizeof(NativeConvDesc) };
        NativeMethods.ConvDescInit(&desc).ThrowIfFailed();
        desc.Bias = (int)(options.Bias ? NativeBias.One : NativeBias.None);
        desc.InputChannels = options.InputChannels;
        desc.OutputChannels = options.OutputChannels;
        desc.Kernel[0] = options.KernelSize.Height;
        desc.Kernel[1] = options.KernelSize.Width;
        NativeStatusCode status = NativeMethods.ConvCreate(context.Handle, &desc, out LayerHandle handle);
        status.ThrowIfFailed();
        return handle;
    }
}
