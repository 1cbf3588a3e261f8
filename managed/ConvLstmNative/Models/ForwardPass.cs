namespace ConvLstmNative;

/// <summary>
/// The forward pass of an encoder-forecaster for one shape, with everything that it needs kept on the device: outputs,
/// states and, for training, tapes.
/// </summary>
internal sealed class ForwardPass : IDisposable
{
    private readonly DisposableList _owned = new();
    private readonly EncoderForecaster _layers;

    /// <summary>Creates the pass.</summary>
    /// <param name="layers">The model's layers.</param>
    /// <param name="input">Shape of the input, cut into patches.</param>
    /// <param name="horizon">Steps to predict.</param>
    /// <param name="isTraining">Whether a backward pass will follow.</param>
    public ForwardPass(EncoderForecaster layers, SequenceShape input, int horizon, bool isTraining)
    {
        _layers = layers;
        int hidden = layers.Head.Options.InputChannels;
        JoinedShape = input with { Steps = horizon, Channels = hidden };
        PredictionShape = input with { Steps = horizon };
        try
        {
            Input = Make(input);
            Encoder = Stack(layers.Encoder, input, isTraining);
            Forecaster = Stack(layers.Forecaster, input with { Steps = horizon, Channels = 0 }, isTraining);
            Joined = Forecaster.Length == 1 ? Forecaster[0].Output : Make(JoinedShape);
            Prediction = Make(PredictionShape);
            HeadTape = isTraining ? _owned.Add(layers.Head.CreateTape(JoinedShape)) : null;
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>Input frames, cut into patches.</summary>
    public Tensor Input { get; }

    /// <summary>The encoder's layers from the frames upwards.</summary>
    public LayerPass[] Encoder { get; }

    /// <summary>The forecaster's layers in the same order.</summary>
    public LayerPass[] Forecaster { get; }

    /// <summary>Hidden states of all forecaster layers, joined on channels.</summary>
    public Tensor Joined { get; }

    /// <summary>Shape of <see cref="Joined"/>.</summary>
    public SequenceShape JoinedShape { get; }

    /// <summary>Output of the head, before any sigmoid.</summary>
    public Tensor Prediction { get; }

    /// <summary>Shape of <see cref="Prediction"/>.</summary>
    public SequenceShape PredictionShape { get; }

    /// <summary>Tape of the head, in training.</summary>
    public TrainingTape? HeadTape { get; }

    /// <summary>From <see cref="Input"/> to <see cref="Prediction"/>, one call a layer.</summary>
    /// <param name="dropoutSeed">Decides what is dropped, in training.</param>
    public void Run(ulong dropoutSeed = 0)
    {
        Tensor? below = Input;
        for (int index = 0; index < Encoder.Length; index++)
        {
            Encoder[index].State.Reset();
            Encoder[index].Run(below, DropoutSeed.Of(dropoutSeed, index));
            below = Encoder[index].Output;
        }

        below = null;
        int channel = 0;
        for (int index = 0; index < Forecaster.Length; index++)
        {
            LayerPass layer = Forecaster[index];
            Encoder[index].State.CopyTo(layer.State);
            layer.Run(below, DropoutSeed.Of(dropoutSeed, Encoder.Length + index));
            below = layer.Output;
            if (Joined != layer.Output)
                layer.Output.CopyChannels(0, layer.HiddenChannels, Joined, channel);
            channel += layer.HiddenChannels;
        }

        if (HeadTape is null)
            _layers.Head.Forward(Joined, JoinedShape, Prediction);
        else
            _layers.Head.ForwardTraining(Joined, JoinedShape, HeadTape, Prediction);
    }

    public void Dispose() => _owned.Dispose();

    private LayerPass[] Stack(RecurrentLayer[] layers, SequenceShape input, bool isTraining)
    {
        LayerPass[] passes = new LayerPass[layers.Length];
        for (int index = 0; index < layers.Length; index++)
        {
            passes[index] = _owned.Add(new LayerPass(layers[index], input, isTraining));
            input = input with { Channels = layers[index].Options.HiddenChannels };
        }

        return passes;
    }

    private Tensor Make(SequenceShape shape) => _owned.Add(Tensor.Create(_layers.Context, shape.Dimensions()));
}
