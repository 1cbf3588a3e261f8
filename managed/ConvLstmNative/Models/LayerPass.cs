namespace ConvLstmNative;

/// <summary>One recurrent layer in a forward pass: its output, its state and, for training, its tape.</summary>
internal sealed class LayerPass : IDisposable
{
    private readonly DisposableList _owned = new();

    public LayerPass(RecurrentLayer layer, SequenceShape input, bool isTraining)
    {
        Layer = layer;
        InputShape = input;
        try
        {
            Output = _owned.Add(Tensor.Create(layer.Context, layer.OutputShape(input).Dimensions()));
            State = _owned.Add(layer.CreateState(input));
            Tape = isTraining ? _owned.Add(layer.CreateTape(input)) : null;
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    public RecurrentLayer Layer { get; }

    public SequenceShape InputShape { get; }

    public Tensor Output { get; }

    /// <summary>Before the run the initial state, after it the final one.</summary>
    public RecurrentState State { get; }

    public TrainingTape? Tape { get; }

    public int HiddenChannels => Layer.Options.HiddenChannels;

    public void Run(Tensor? input, ulong dropoutSeed)
    {
        if (Tape is null)
            Layer.Forward(input, InputShape, State, Output);
        else
            Layer.ForwardTraining(input, InputShape, State, Tape, Output, new RunOptions { DropoutSeed = dropoutSeed });
    }

    public void Dispose() => _owned.Dispose();
}
