namespace ConvLstmNative.Parity.Tests;

/// <summary>A case through the library: a training forward, its backward, and an inference.</summary>
internal sealed class LibraryRun : IDisposable
{
    private readonly LayerCase _case;
    private readonly Context _context = Context.Cpu(threadCount: 2);
    private readonly RecurrentLayer _layer;
    private readonly SequenceShape _shape;

    public LibraryRun(LayerCase layer)
    {
        _case = layer;
        _layer = RecurrentLayer.Create(_context, LayerOptions.Of(layer));
        _shape = LayerOptions.ShapeOf(layer);
        using RecurrentState state = _layer.CreateState(_shape);
        StateParts = state.PartCount;
    }

    public int StateParts { get; }

    public IEnumerable<(string Name, long[] Shape)> Parameters => _layer.Parameters.Select(parameter => (parameter.Name, parameter.Shape.ToArray()));

    public void SetParameters(Numbers numbers)
    {
        foreach ((string name, ParameterValue parameter) in numbers.Parameters)
            _layer.SetParameter(name, parameter.Values);
    }

    /// <summary>What training gives, by the names of <see cref="Outcome"/>.</summary>
    public Dictionary<string, float[]> Train(Numbers numbers)
    {
        Dictionary<string, float[]> outcome = new() { ["y"] = Arrays.Poisoned(numbers.OutputGradient.Length) };
        using Tensor? x = Upload(numbers.X);
        using Tensor? dx = Upload(Arrays.Poisoned(numbers.X.Length));
        using Tensor y = Upload(outcome["y"])!;
        using Tensor dy = Upload(numbers.OutputGradient)!;
        using RecurrentState? state = State(numbers.Initial);
        using RecurrentState? dstate = State(numbers.StateGradient);
        using TrainingTape tape = _layer.CreateTape(
            _shape, new TapeOptions { CheckpointEvery = _case.CheckpointEvery, TruncateEvery = _case.TruncateEvery });
        _layer.ForwardTraining(x, _shape, state, tape, y, RunOptions());
        _layer.Backward(x, _shape, tape, dy, dstate, dx);
        y.Download(outcome["y"]);
        if (dx is not null)
            dx.Download(outcome["dx"] = Arrays.Poisoned(numbers.X.Length));
        for (int part = 0; part < StateParts && _case.HasState; part++)
        {
            state!.GetPart(part, outcome[$"state.{part}"] = Arrays.Poisoned(state.PartElementCount));
            dstate!.GetPart(part, outcome[$"dstate.{part}"] = Arrays.Poisoned(state.PartElementCount));
        }

        foreach (LayerParameter parameter in _layer.Parameters)
            _layer.GetGradient(parameter.Name, outcome[parameter.Name] = Arrays.Poisoned(parameter.ElementCount));
        return outcome;
    }

    /// <summary>y of an inference with the parameters that were set.</summary>
    public float[] Infer(Numbers numbers)
    {
        float[] y = Arrays.Poisoned(numbers.OutputGradient.Length);
        using RecurrentState? state = State(numbers.Initial);
        _layer.Forward(numbers.X, _shape, state, y, RunOptions());
        return y;
    }

    public void Dispose()
    {
        _layer.Dispose();
        _context.Dispose();
    }

    private RunOptions RunOptions() => new()
    {
        InputSteps = _case.InputChannels > 0 ? _case.InputSteps : null,
        Mask = _case.Active is { Lengths: null } active ? Array.ConvertAll(active.ToMask(_case.TimeFirst), counts => counts ? 1 : 0) : [],
        Lengths = _case.Active?.Lengths is { } lengths ? Array.ConvertAll(lengths, length => (long)length) : [],
        DropoutSeed = _case.DropoutSeed,
    };

    private Tensor? Upload(float[] values) => values.Length == 0 ? null : Tensor.FromSpan(_context, values, values.Length);

    private RecurrentState? State(float[][] parts)
    {
        if (!_case.HasState)
            return null;
        RecurrentState state = _layer.CreateState(_shape);
        for (int part = 0; part < parts.Length; part++)
            state.SetPart(part, parts[part]);
        return state;
    }
}
