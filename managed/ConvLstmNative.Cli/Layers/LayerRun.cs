using ConvLstmNative.Data;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>One layer over the arrays of a request, with everything that it needs on its device.</summary>
internal sealed class LayerRun : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();
    private readonly LayerRequest _request;
    private readonly RecurrentLayer _layer;
    private readonly RecurrentOptions _options;
    private readonly SequenceShape _shape;
    private readonly SequenceShape _inputShape;
    private readonly SequenceShape _outputShape;
    private readonly Context _context;
    private readonly Tensor? _x;
    private readonly Tensor _y;
    private readonly RecurrentState? _state;
    private readonly RecurrentState? _dstate;
    private readonly TrainingTape? _tape;
    private readonly Tensor? _dy;
    private readonly Tensor? _dx;
    private readonly int[] _mask = [];
    private readonly long[] _lengths = [];

    /// <summary>Reads what the request names.</summary>
    public LayerRun(LayerRequest request)
    {
        _request = request;
        if (!File.Exists(request.Spec))
            throw new ToolException($"--spec: expected a description as JSON, but '{request.Spec}' is not there.");
        RecurrentOptions options = LayerDescription.Read(request.Spec);
        try
        {
            _context = Own(request.Device.CreateContext(request.Threads));
            _layer = Own(RecurrentLayer.Create(_context, options));
            _options = _layer.Options;
            (float[] input, _inputShape) = ReadInput();
            _shape = _inputShape with { Steps = request.Steps ?? _inputShape.Steps };
            if (_inputShape.Steps > _shape.Steps)
                throw UsageException.Expected("--steps", Invariant($"at least the {_inputShape.Steps} steps of --input"), _shape.Steps);
            _outputShape = _layer.OutputShape(_shape);
            CheckMask();
            if (request.Mask is not null)
                _mask = ArrayFile.ReadMask("--mask", request.Mask, LayoutShape.OfMask(_options, _shape));
            _lengths = [.. request.Lengths ?? []];

            // Before the work of reading and computing: what the executor says to the layer.
            _ = _layer.ExecutorFor(_shape);
            Prepare();
            _x = input.Length > 0 ? Own(Tensor.FromSpan(_context, input, _inputShape.Dimensions())) : null;
            _y = Own(Tensor.Create(_context, _outputShape.Dimensions()));
            _state = ReadState(request.StateIn, "--state-in", request.StateOut is not null);
            _dstate = ReadState(request.StateGradientIn, "--dstate-in", request.StateGradientOut is not null);
            _tape = request.IsTraining ? Own(_layer.CreateTape(_shape, Tape())) : null;
            if (request.Gradient is not null)
            {
                float[] dy = ArrayFile.Read("--gradient", request.Gradient, LayoutShape.OfOutput(_options, _outputShape));
                _dy = Own(Tensor.FromSpan(_context, dy, _outputShape.Dimensions()));
            }

            _dx = request.InputGradient is not null ? Own(Tensor.Create(_context, _inputShape.Dimensions())) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Forward()
    {
        RunOptions run = new()
        {
            InputSteps = _options.InputChannels > 0 ? _inputShape.Steps : null,
            Mask = _mask,
            Lengths = _lengths,
            DropoutSeed = _request.DropoutSeed ?? 0,
        };
        if (_tape is null)
            _layer.Forward(_x, _shape, _state, _y, run);
        else
            _layer.ForwardTraining(_x, _shape, _state, _tape, _y, run);
    }

    public void Backward()
    {
        if (_request.HasBackward)
            _layer.Backward(_x, _shape, _tape!, _dy, _dstate, _dx);
    }

    /// <summary>Writes what the request asks for.</summary>
    public void Write(StagedFiles files)
    {
        files.Write(_request.WeightsOut, _layer.Save);
        files.Write(_request.Output, path => NpyFile.Write(path, _y.ToArray(), LayoutShape.OfOutput(_options, _outputShape)));
        files.Write(_request.StateOut, path => TensorFile.WriteState(path, _state!));
        files.Write(_request.InputGradient, path => NpyFile.Write(path, _dx!.ToArray(), LayoutShape.Of(_options, _inputShape)));
        files.Write(_request.WeightGradients, path => TensorFile.WriteGradients(path, _layer));
        files.Write(_request.StateGradientOut, path => TensorFile.WriteState(path, _dstate!));
    }

    /// <summary>What was done, in one line.</summary>
    public string Describe()
    {
        string cell = _options switch
        {
            ConvGruOptions => "ConvGRU",
            SpatioTemporalLstmOptions => "ST-LSTM",
            _ => "ConvLSTM",
        };
        string x = _x is null ? "no input" : $"x ({Text(LayoutShape.Of(_options, _inputShape))})";
        string tape = _tape is null ? string.Empty : Invariant($", tape {_tape.Bytes:N0} bytes");
        return Invariant($"{cell}, {_layer.ParameterCount:N0} parameters, {_layer.ExecutorFor(_shape)} on {_context.DeviceName}: ")
            + Invariant($"{x}, {_shape.Steps} steps, y ({Text(LayoutShape.OfOutput(_options, _outputShape))}){tape}");
    }

    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? item))
            item.Dispose();
    }

    private static string Text(long[] sizes) => string.Join(", ", sizes);

    private T Own<T>(T item)
        where T : IDisposable
    {
        _owned.Push(item);
        return item;
    }

    private (float[] Values, SequenceShape Shape) ReadInput()
    {
        if (_request.Input is null)
        {
            Sizes size = _request.Size!.Value;
            if (!size.Fits(_options.Rank))
                throw UsageException.Expected("--size", Invariant($"one size or {_options.Rank}, as many as the rank"), size);

            // Of a layer with input channels no step has an input; for one without, the shape names all steps.
            int steps = _options.InputChannels > 0 ? 0 : _request.Steps!.Value;
            SequenceShape empty = new(_request.Batch!.Value, steps, _options.InputChannels, 1, 1);
            return ([], LayoutShape.With(empty, size.ToArray(_options.Rank)));
        }

        if (_options.InputChannels == 0)
            throw new UsageException("--input: expected --steps, --batch and --size instead, since the layer has no input channels.");
        (float[] values, IReadOnlyList<long> sizes) = ArrayFile.Read("--input", _request.Input);
        SequenceShape shape = LayoutShape.Parse(_options, sizes, _request.Input);
        if (shape.Channels != _options.InputChannels)
        {
            throw new ToolException(
                Invariant($"--input: expected {_options.InputChannels} channels, but {_request.Input} has {shape.Channels} ")
                + Invariant($"in ({string.Join(", ", sizes)})."));
        }

        return (values, shape);
    }

    private void Prepare()
    {
        if (_request.Weights is not null)
            TensorFile.ReadParameters("--weights", _request.Weights, _layer);
        else
            _layer.Initialize(_request.Initialize!.Value);
    }

    private void CheckMask()
    {
        string? option = _request.Mask is not null ? "--mask" : _request.Lengths is not null ? "--lengths" : null;
        if (option is not null && _options.Mask == SequenceMask.None)
            throw new ToolException($"{option}: expected a description whose mask is repeat or zero, but {_request.Spec} has none.");
        if (_request.Lengths is { } lengths && (lengths.Count != _shape.Batch || lengths.Any(length => length > _shape.Steps)))
            throw UsageException.Expected("--lengths", Invariant($"{_shape.Batch} numbers from 0 to {_shape.Steps}"), string.Join(',', lengths));
    }

    private RecurrentState? ReadState(string? path, string option, bool isWanted)
    {
        if (path is null && !isWanted)
            return null;
        RecurrentState state = Own(_layer.CreateState(_shape));
        if (path is not null)
            TensorFile.ReadState(option, path, state);
        return state;
    }

    private TapeOptions Tape() => new()
    {
        CheckpointEvery = _request.CheckpointEvery ?? 0,
        TruncateEvery = _request.TruncateEvery ?? 0,
    };
}
