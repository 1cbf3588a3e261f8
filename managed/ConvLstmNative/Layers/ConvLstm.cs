using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// A ConvLSTM layer (Shi et al. 2015): convolutional input and recurrence, gates i, f, g, o. One native call runs a whole
/// sequence. Inputs are (N, T, C, H, W), or time first or channels last where the options say so; outputs likewise with F
/// channels.
/// </summary>
public sealed unsafe class ConvLstm : Layer
{
    /// <summary>Creates a layer whose parameters are zeros.</summary>
    /// <exception cref="InvalidArgumentException">The options hold a value that the native library does not accept.</exception>
    public ConvLstm(Context context, ConvLstmOptions options)
        : base(context, Create(context, options)) => Options = options;

    /// <summary>Description of the layer.</summary>
    public ConvLstmOptions Options { get; }

    private protected override int InputChannelCount => Options.InputChannels;

    /// <summary>Shape of the output for an input of this shape, batch first.</summary>
    public SequenceShape OutputShape(SequenceShape shape)
    {
        Check.Shape(shape, Options.InputChannels);
        return shape with
        {
            Channels = Options.HiddenChannels,
            Steps = Options.Output == RecurrentOutput.Last ? 1 : shape.Steps,
        };
    }

    /// <summary>Creates a state of zeros for sequences of this batch and size.</summary>
    public RecurrentState CreateState(SequenceShape shape)
    {
        Check.Shape(shape, Options.InputChannels);
        return new RecurrentState(this, shape);
    }

    /// <summary>Runs a sequence over the caller's memory: one native call, and on the CPU no copy.</summary>
    /// <param name="x">Input of this shape; empty where the layer has no input channels.</param>
    /// <param name="shape">(N, T, C, H, W), whatever the layout.</param>
    /// <param name="state">In: before the first step; out: after the last. Null: start from zeros, drop the final state.</param>
    /// <param name="y">Receives the output. Must not overlap <paramref name="x"/>. On a failure it may be partly written.</param>
    /// <exception cref="ContextBusyException">Another thread is using the context.</exception>
    public void Forward(ReadOnlySpan<float> x, SequenceShape shape, RecurrentState? state, Span<float> y)
    {
        Check.Length(y.Length, OutputShape(shape).ElementCount, nameof(y));
        Check.Length(x.Length, shape.ElementCount, nameof(x));
        Session session = Sessions.Get(shape);
        fixed (float* xData = x, yData = y)
        {
            NativeMethods.SessionForwardHost(
                session.Handle, shape.Steps, xData, x.Length, state?.Handle ?? StateHandle.None, yData, y.Length).ThrowIfFailed();
        }
    }

    /// <summary>Runs a sequence over tensors.</summary>
    /// <param name="x">Input with this shape's elements; null where the layer has no input channels.</param>
    /// <param name="shape">(N, T, C, H, W), whatever the layout.</param>
    /// <param name="state">In: before the first step; out: after the last. Null: start from zeros, drop the final state.</param>
    /// <param name="y">Receives the output; another tensor than <paramref name="x"/>.</param>
    public void Forward(Tensor? x, SequenceShape shape, RecurrentState? state, Tensor y)
    {
        CheckTensors(x, shape, y);
        NativeMethods.SessionForward(
            Sessions.Get(shape).Handle, shape.Steps, x?.Handle ?? TensorHandle.None, state?.Handle ?? StateHandle.None, y.Handle)
            .ThrowIfFailed();
    }

    /// <summary>Runs a sequence and records what <see cref="Backward"/> needs.</summary>
    /// <param name="x">Input with this shape's elements; null where the layer has no input channels.</param>
    /// <param name="shape">(N, T, C, H, W), whatever the layout.</param>
    /// <param name="state">In: before the first step; out: after the last. Null: start from zeros, drop the final state.</param>
    /// <param name="tape">Made by this layer for this shape.</param>
    /// <param name="y">Receives the output; another tensor than <paramref name="x"/>.</param>
    public void ForwardTraining(Tensor? x, SequenceShape shape, RecurrentState? state, TrainingTape tape, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(tape);
        CheckTensors(x, shape, y);
        tape.CheckBelongs(this, shape);
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        NativeMethods.SessionForwardTraining(
            tape.Session.Handle,
            shape.Steps,
            x?.Handle ?? TensorHandle.None,
            state?.Handle ?? StateHandle.None,
            tape.Handle,
            y.Handle).ThrowIfFailed();
    }

    /// <summary>Exact backward pass through time over what the tape holds; adds to the gradients of the parameters.</summary>
    /// <param name="x">The input of the forward pass, unchanged since.</param>
    /// <param name="shape">The shape of the forward pass.</param>
    /// <param name="tape">Filled by <see cref="ForwardTraining"/>; empty afterwards.</param>
    /// <param name="dy">Gradient of the loss by the output; null for zeros.</param>
    /// <param name="dstate">In: gradient by the final state; out: gradient by the initial state. Null: zeros, not wanted.</param>
    /// <param name="dx">Receives the gradient by the input; null where it is not wanted.</param>
    /// <exception cref="InvalidStateException">The tape is empty.</exception>
    public void Backward(Tensor? x, SequenceShape shape, TrainingTape tape, Tensor? dy, RecurrentState? dstate, Tensor? dx)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Check.Tensor(x, InputElementCount(shape), nameof(x));
        tape.CheckBelongs(this, shape);
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        NativeMethods.SessionBackward(
            tape.Session.Handle,
            x?.Handle ?? TensorHandle.None,
            tape.Handle,
            dy?.Handle ?? TensorHandle.None,
            dstate?.Handle ?? StateHandle.None,
            dx?.Handle ?? TensorHandle.None).ThrowIfFailed();
    }

    private long InputElementCount(in SequenceShape shape)
    {
        Check.Shape(shape, Options.InputChannels);
        return shape.ElementCount;
    }

    private void CheckTensors(Tensor? x, in SequenceShape shape, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(y);
        Check.Tensor(x, InputElementCount(shape), nameof(x));
        Check.Tensor(y, OutputShape(shape).ElementCount, nameof(y));
    }

    private static LayerHandle Create(Context context, ConvLstmOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        if (options.RecurrentBias && !options.Bias)
        {
            throw new InvalidArgumentException(
                $"{nameof(ConvLstmOptions.RecurrentBias)}: expected false where {nameof(ConvLstmOptions.Bias)} is false, got true",
                Status.InvalidArgument);
        }

        NativeRecurrentDesc desc = new() { StructSize = (uint)sizeof(NativeRecurrentDesc) };
        NativeMethods.RecurrentDescInit(&desc).ThrowIfFailed();
        desc.Cell = (int)NativeCell.ConvLstm;
        desc.Layout = (int)options.Layout;
        desc.Output = (int)options.Output;
        desc.Peephole = (int)options.Peephole;
        desc.Bias = (int)(options.RecurrentBias ? NativeBias.Two : options.Bias ? NativeBias.One : NativeBias.None);
        desc.ForgetBias = options.ForgetBias;
        desc.GateActivation = (int)options.GateActivation;
        desc.CellActivation = (int)options.CellActivation;
        desc.CellClip = options.CellClip;
        desc.InputChannels = options.InputChannels;
        desc.HiddenChannels = options.HiddenChannels;
        desc.InputKernel[0] = options.InputKernelSize.Height;
        desc.InputKernel[1] = options.InputKernelSize.Width;
        desc.RecurrentKernel[0] = options.RecurrentKernelSize.Height;
        desc.RecurrentKernel[1] = options.RecurrentKernelSize.Width;
        NativeStatusCode status = NativeMethods.RecurrentCreate(context.Handle, &desc, out LayerHandle handle);
        status.ThrowIfFailed();
        return handle;
    }
}
