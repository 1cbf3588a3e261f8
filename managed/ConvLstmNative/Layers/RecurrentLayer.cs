using System.Runtime.CompilerServices;
using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// A recurrent layer, or a stack of them: one native call runs a whole sequence. Shapes are named (N, T, C, H, W) whatever the
/// layout; for rank 3 they have a depth, for rank 1 a height of 1. Outputs have <see cref="OutputShape"/>. One thread at a time.
/// </summary>
public abstract unsafe class RecurrentLayer : Layer
{
    private protected RecurrentLayer(Context context, RecurrentOptions options)
        : base(context, RecurrentDescription.CreateLayer(context, options))
    {
    }

    /// <summary>Description of the layer.</summary>
    public abstract RecurrentOptions Options { get; }

    private protected sealed override int InputChannelCount => Options.InputChannels;

    internal sealed override int Rank => Options.Rank;

    /// <summary>Creates the layer of a description; its parameters are zeros.</summary>
    /// <param name="context">Where.</param>
    /// <param name="options">The type of the options is that of the cell.</param>
    /// <exception cref="InvalidArgumentException">The options hold a value that the native library does not accept.</exception>
    public static RecurrentLayer Create(Context context, RecurrentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options switch
        {
            ConvLstmOptions lstm => new ConvLstm(context, lstm),
            ConvGruOptions gru => new ConvGru(context, gru),
            SpatioTemporalLstmOptions st => new SpatioTemporalLstm(context, st),
            _ => throw new ArgumentException($"expected the options of a layer, got {options.GetType()}", nameof(options)),
        };
    }

    /// <summary>Reads a layer.</summary>
    /// <param name="context">Where.</param>
    /// <param name="path">A safetensors file that <see cref="Save"/> wrote.</param>
    /// <exception cref="ModelFormatException">The file is damaged, is no layer, or contradicts itself.</exception>
    public static RecurrentLayer Load(Context context, string path)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LayerFile.Read(context, path);
    }

    /// <summary>Writes description and parameters to a temporary name, then renames.</summary>
    /// <param name="path">Name of the file; an old one is replaced.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        LayerFile.Write(path, this);
    }

    internal sealed override bool HasLastOutputAlone => Options.Output == RecurrentOutput.Last;

    /// <inheritdoc/>
    public sealed override SequenceShape OutputShape(SequenceShape shape)
    {
        Check.Shape(shape, Options.InputChannels, Options.Rank);
        return ConvolutionGrid.Over(shape, Options) with
        {
            Channels = Options.OutputChannels,
            Steps = HasLastOutputAlone ? 1 : shape.Steps,
        };
    }

    /// <summary>Creates a state of zeros for sequences of this batch and size.</summary>
    /// <param name="shape">Shape of the input; its steps do not matter.</param>
    public RecurrentState CreateState(SequenceShape shape) => new(this, shape);

    /// <summary>Creates an empty tape that bounds its memory, or how far gradients go back.</summary>
    /// <param name="shape">Batch, size and the most steps.</param>
    /// <param name="options">How.</param>
    public TrainingTape CreateTape(SequenceShape shape, TapeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check.Shape(shape, Options.InputChannels, Options.Rank);
        return new TrainingTape(Sessions.Get(shape), shape.Steps, options);
    }

    /// <summary>Runs a sequence over the caller's memory: one native call, and on the CPU no copy.</summary>
    /// <param name="x">The steps that have an input; empty where the layer has no input channels.</param>
    /// <param name="shape">(N, T, C, H, W), whatever the layout.</param>
    /// <param name="state">In: before the first step; out: after the last. Null: start from zeros, drop the final state.</param>
    /// <param name="y">Receives the output. Must not overlap <paramref name="x"/>. On a failure it may be partly written.</param>
    /// <param name="options">Steps without input, and masks.</param>
    /// <exception cref="ContextBusyException">Another thread is using the context.</exception>
    public void Forward(
        ReadOnlySpan<float> x, SequenceShape shape, RecurrentState? state, Span<float> y, RunOptions options = default)
    {
        Session? session = Sessions.Last;
        if (session is null || !session.Takes(shape, options.InputSteps ?? shape.Steps, x.Length, y.Length))
            session = Prepare(x.Length, shape, y.Length, options);
        fixed (float* xData = x, yData = y)
        {
            if (options.IsPlain)
                Run(session, shape.Steps, xData, x.Length, null, state, yData, y.Length);
            else
                RunWith(options, session, shape.Steps, xData, x.Length, state, yData, y.Length);
        }
    }

    /// <summary>Runs a sequence over tensors.</summary>
    /// <param name="x">The steps that have an input; null where the layer has no input channels or no step has one.</param>
    /// <param name="shape">(N, T, C, H, W), whatever the layout.</param>
    /// <param name="state">In: before the first step; out: after the last. Null: start from zeros, drop the final state.</param>
    /// <param name="y">Receives the output; another tensor than <paramref name="x"/>.</param>
    /// <param name="options">Steps without input, and masks.</param>
    /// <exception cref="ContextBusyException">Another thread is using the context.</exception>
    public void Forward(Tensor? x, SequenceShape shape, RecurrentState? state, Tensor y, RunOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(y);
        Session? session = Sessions.Last;
        if (session is null || !session.Takes(shape, options.InputSteps ?? shape.Steps, Check.Count(x), y.ElementCount))
        {
            CheckTensors(x, options.InputShape(shape), shape, y);
            session = Sessions.Get(shape);
        }

        if (options.IsPlain)
            Run(session, shape.Steps, x, null, state, y);
        else
            RunWith(options, session, shape.Steps, x, state, y);
    }

    /// <summary>Runs a sequence and records what <see cref="Backward"/> needs.</summary>
    /// <param name="x">The steps that have an input; null where the layer has no input channels or no step has one.</param>
    /// <param name="shape">(N, T, C, H, W), whatever the layout.</param>
    /// <param name="state">In: before the first step; out: after the last. Null: start from zeros, drop the final state.</param>
    /// <param name="tape">Made by this layer for this shape.</param>
    /// <param name="y">Receives the output; another tensor than <paramref name="x"/>.</param>
    /// <param name="options">Steps without input, masks, and the seed of dropout.</param>
    /// <exception cref="ContextBusyException">Another thread is using the context.</exception>
    public void ForwardTraining(
        Tensor? x, SequenceShape shape, RecurrentState? state, TrainingTape tape, Tensor y, RunOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(y);
        int inputSteps = options.InputSteps ?? shape.Steps;
        if (!tape.Session.Takes(shape, inputSteps, Check.Count(x), y.ElementCount))
            CheckTensors(x, options.InputShape(shape), shape, y);
        tape.CheckBelongs(this, shape);
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        tape.InputSteps = inputSteps;
        using TensorUse input = new(x);
        using TensorUse output = new(y);
        fixed (int* mask = options.Mask)
        fixed (long* lengths = options.Lengths)
        {
            NativeRunOptions run = options.Native(mask, lengths);
            NativeMethods.SessionForwardTraining(
                tape.Session.Handle.Value,
                shape.Steps,
                input.Value,
                &run,
                NativeHandle.ValueOf(state?.Handle),
                tape.Handle.Value,
                output.Value).ThrowIfFailed();
        }

        GC.KeepAlive(tape);
        GC.KeepAlive(state);
    }

    /// <summary>Exact backward pass through time over what the tape holds, with the options of its forward pass; adds to the
    /// gradients of the parameters.</summary>
    /// <param name="x">The input of the forward pass, unchanged since.</param>
    /// <param name="shape">The shape of the forward pass.</param>
    /// <param name="tape">Filled by <see cref="ForwardTraining"/>; empty afterwards.</param>
    /// <param name="dy">Gradient of the loss by the output; null for zeros.</param>
    /// <param name="dstate">In: gradient by the final state; out: gradient by the initial state. Null: zeros, not wanted.</param>
    /// <param name="dx">Receives the gradient by the input, of its shape; null where it is not wanted.</param>
    /// <exception cref="InvalidStateException">The tape is empty, or parameters have changed since it was filled.</exception>
    public void Backward(Tensor? x, SequenceShape shape, TrainingTape tape, Tensor? dy, RecurrentState? dstate, Tensor? dx)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Check.Shape(shape, Options.InputChannels, Options.Rank);
        tape.CheckBelongs(this, shape);
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        Check.Tensor(x, (shape with { Steps = tape.InputSteps ?? shape.Steps }).ElementCount, nameof(x));
        using TensorUse input = new(x);
        using TensorUse outputGradient = new(dy);
        using TensorUse inputGradient = new(dx);
        NativeMethods.SessionBackward(
            tape.Session.Handle.Value,
            input.Value,
            tape.Handle.Value,
            outputGradient.Value,
            NativeHandle.ValueOf(dstate?.Handle),
            inputGradient.Value).ThrowIfFailed();
        GC.KeepAlive(tape);
        GC.KeepAlive(dstate);
    }

    private static void Run(
        Session session, int steps, float* x, long xCount, NativeRunOptions* options, RecurrentState? state, float* y, long yCount)
    {
        NativeMethods.SessionForwardHost(
            session.Handle.Value, steps, x, xCount, options, NativeHandle.ValueOf(state?.Handle), y, yCount).ThrowIfFailed();
        GC.KeepAlive(session);
        GC.KeepAlive(state);
    }

    private static void RunWith(
        in RunOptions options, Session session, int steps, float* x, long xCount, RecurrentState? state, float* y, long yCount)
    {
        fixed (int* mask = options.Mask)
        fixed (long* lengths = options.Lengths)
        {
            NativeRunOptions native = options.Native(mask, lengths);
            Run(session, steps, x, xCount, &native, state, y, yCount);
        }
    }

    private static void Run(Session session, int steps, Tensor? x, NativeRunOptions* options, RecurrentState? state, Tensor y)
    {
        using TensorUse input = new(x);
        using TensorUse output = new(y);
        NativeMethods.SessionForward(
            session.Handle.Value, steps, input.Value, options, NativeHandle.ValueOf(state?.Handle), output.Value).ThrowIfFailed();
        GC.KeepAlive(session);
        GC.KeepAlive(state);
    }

    private static void RunWith(in RunOptions options, Session session, int steps, Tensor? x, RecurrentState? state, Tensor y)
    {
        fixed (int* mask = options.Mask)
        fixed (long* lengths = options.Lengths)
        {
            NativeRunOptions native = options.Native(mask, lengths);
            Run(session, steps, x, &native, state, y);
        }
    }

    // What the first call with a shape needs, and every call that is refused.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Session Prepare(int inputs, in SequenceShape shape, int outputs, in RunOptions options)
    {
        Check.Length(outputs, OutputShape(shape).ElementCount, "y");
        Check.Length(inputs, options.InputShape(shape).ElementCount, "x");
        return Sessions.Get(shape);
    }

    private void CheckTensors(Tensor? x, in SequenceShape input, in SequenceShape shape, Tensor y)
    {
        long outputs = OutputShape(shape).ElementCount;
        Check.Tensor(x, input.ElementCount, nameof(x));
        Check.Tensor(y, outputs, nameof(y));
    }
}
