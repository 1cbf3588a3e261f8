using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary>The options of <c>convlstm layer</c>.</summary>
internal sealed class LayerOptions
{
    private readonly Option<string?> _spec = OptionFactory.Path("--spec", "FILE", "The description of the layer, as JSON.");

    private readonly Option<string?> _weights = OptionFactory.Path("--weights", "FILE",
        "The parameters under their canonical names, as safetensors.");

    private readonly Option<ulong?> _initialize = OptionFactory.Seed("--initialize", "Instead of --weights: random parameters of this seed.");

    private readonly Option<string?> _weightsOut = OptionFactory.Path("--weights-out", "FILE", "Write the parameters here.");

    private readonly Option<string?> _input = OptionFactory.Path("--input", "FILE", "The input in the layer's layout, as NumPy file.");

    private readonly Option<int?> _steps = OptionFactory.Integer("--steps",
        "Steps of the sequence; those beyond the input have none (default: the input's).", 1, 1 << 24);

    private readonly Option<int?> _batch = OptionFactory.Integer("--batch", "Without --input: sequences.", 1);

    private readonly Option<Sizes?> _size = OptionFactory.Sizes("--size", "Without --input: spatial sizes.");

    private readonly Option<string?> _stateIn = OptionFactory.Path("--state-in", "FILE",
        "The state before the first step, as safetensors with the parts h, c, m (default zeros).");

    private readonly Option<string?> _mask = OptionFactory.Path("--mask", "FILE",
        "1 where a step counts and 0 where it is masked, (N, T) or (T, N) as the layout has it, as NumPy file.");

    private readonly Option<IReadOnlyList<long>?> _lengths = OptionFactory.Counts("--lengths", "N,N",
        "Instead of --mask: how many steps of each sequence count.");

    private readonly Option<string?> _output = OptionFactory.Path("--output", "FILE", "Write the output here, as NumPy file.");

    private readonly Option<string?> _stateOut = OptionFactory.Path("--state-out", "FILE", "Write the final state here, as safetensors.");

    private readonly Option<string?> _gradient = OptionFactory.Path("--gradient", "FILE",
        "The gradient of a loss by the output, as NumPy file: run backward too.");

    private readonly Option<string?> _dstateIn = OptionFactory.Path("--dstate-in", "FILE",
        "The gradient by the final state, as safetensors: run backward too (default zeros).");

    private readonly Option<string?> _dx = OptionFactory.Path("--dx", "FILE", "Write the gradient by the input here, as NumPy file.");

    private readonly Option<string?> _dweights = OptionFactory.Path("--dweights", "FILE",
        "Write the gradients by the parameters here, as safetensors.");

    private readonly Option<string?> _dstateOut = OptionFactory.Path("--dstate-out", "FILE",
        "Write the gradient by the initial state here, as safetensors.");

    private readonly Option<ulong?> _dropoutSeed = OptionFactory.Seed("--dropout-seed",
        "Decides what the layer's dropout drops; the forward pass is then one of training.");

    private readonly Option<int?> _checkpointEvery = OptionFactory.Integer("--checkpoint-every",
        "Keep the state before every K-th step alone and compute the rest again; 0 keeps everything (default 0).", 0);

    private readonly Option<int?> _truncateEvery = OptionFactory.Integer("--truncate-every",
        "Let the gradient by the state stop before every K-th step; 0 lets it run (default 0).", 0);

    private readonly Option<string?> _executor = OptionFactory.Name("--executor", "NAME",
        "Which implementation runs the layer, such as reference (default: the best that supports it).");

    private readonly DeviceOptions _device = new();

    private readonly Option<int?> _threads = OptionFactory.Integer("--threads", "Threads; 0 for one a processor (default 0).", 0, 1024);

    public void AddTo(Command command)
    {
        _spec.Required = true;
        foreach (Option option in (Option[])
            [
                _spec, _weights, _initialize, _weightsOut, _input, _steps, _batch, _size, _stateIn, _mask, _lengths, _output, _stateOut,
                _gradient, _dstateIn, _dx, _dweights, _dstateOut, _dropoutSeed, _checkpointEvery, _truncateEvery, _executor,
                _threads,
            ])
        {
            command.Add(option);
        }

        _device.AddTo(command);
    }

    public LayerRequest Read(ParseResult result) => new LayerRequest
    {
        Spec = result.GetValue(_spec)!,
        Weights = result.GetValue(_weights),
        Initialize = result.GetValue(_initialize),
        WeightsOut = result.GetValue(_weightsOut),
        Input = result.GetValue(_input),
        Steps = result.GetValue(_steps),
        Batch = result.GetValue(_batch),
        Size = result.GetValue(_size),
        StateIn = result.GetValue(_stateIn),
        Mask = result.GetValue(_mask),
        Lengths = result.GetValue(_lengths),
        Output = result.GetValue(_output),
        StateOut = result.GetValue(_stateOut),
        Gradient = result.GetValue(_gradient),
        StateGradientIn = result.GetValue(_dstateIn),
        InputGradient = result.GetValue(_dx),
        WeightGradients = result.GetValue(_dweights),
        StateGradientOut = result.GetValue(_dstateOut),
        DropoutSeed = result.GetValue(_dropoutSeed),
        CheckpointEvery = result.GetValue(_checkpointEvery),
        TruncateEvery = result.GetValue(_truncateEvery),
        Executor = result.GetValue(_executor),
        Device = _device.Read(result),
        Threads = result.GetValue(_threads) ?? 0,
    }.Checked();
}
