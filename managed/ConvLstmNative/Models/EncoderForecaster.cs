namespace ConvLstmNative;

/// <summary>The layers of a <see cref="SequenceModel"/>.</summary>
internal sealed class EncoderForecaster : IDisposable
{
    private readonly List<(string Prefix, Layer Layer)> _all = [];

    public EncoderForecaster(Context context, SequenceModelOptions options)
    {
        Context = context;
        try
        {
            Encoder = Stack(options, "encoder", options.PatchedChannels);
            Forecaster = Stack(options, "forecaster", 0);
            Head = Add("head.", new Conv2d(context, new Conv2dOptions
            {
                InputChannels = checked(options.Layers.Sum(layer => layer.HiddenChannels)),
                OutputChannels = options.PatchedChannels,
                KernelSize = options.HeadKernelSize,
            }));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Context Context { get; }

    public RecurrentLayer[] Encoder { get; }

    public RecurrentLayer[] Forecaster { get; }

    public Conv2d Head { get; }

    /// <summary>Every layer with what its parameters' names start with in files.</summary>
    public IReadOnlyList<(string Prefix, Layer Layer)> All => _all;

    public long ParameterCount => _all.Sum(entry => entry.Layer.ParameterCount);

    /// <summary>Initializes every layer with a seed of its own.</summary>
    public void Initialize(ulong seed)
    {
        foreach ((_, Layer layer) in _all)
        {
            // The increment of SplitMix64: seeds that are far apart, also for neighbouring model seeds.
            seed = unchecked(seed + 0x9E3779B97F4A7C15UL);
            layer.Initialize(seed);
        }
    }

    /// <summary>How each layer runs: from the frames upwards the encoder, the forecaster, then the head.</summary>
    /// <param name="input">Shape of the input, cut into patches.</param>
    /// <param name="horizon">Steps to predict.</param>
    public IReadOnlyList<LayerPlan> Explain(SequenceShape input, int horizon)
    {
        SequenceShape predicted = input with { Steps = horizon };
        return [.. _all.Select(entry => new LayerPlan(entry.Prefix.TrimEnd('.'), entry.Layer.Explain(InputOf(entry.Layer))))];

        SequenceShape InputOf(Layer layer) => layer is RecurrentLayer recurrent
            ? (Encoder.Contains(recurrent) ? input : predicted) with { Channels = recurrent.Options.InputChannels }
            : predicted with { Channels = Head.Options.InputChannels };
    }

    public void Dispose()
    {
        foreach ((_, Layer layer) in _all)
            layer.Dispose();
    }

    private RecurrentLayer[] Stack(SequenceModelOptions options, string part, int inputChannels)
    {
        RecurrentLayer[] layers = new RecurrentLayer[options.Layers.Count];
        for (int index = 0; index < layers.Length; index++)
        {
            RecurrentLayerOptions layer = options.Layers[index];

            // Of the encoder's top layer only the final state is used.
            bool isTopOfEncoder = part == "encoder" && index == layers.Length - 1;
            RecurrentOutput output = isTopOfEncoder ? RecurrentOutput.Last : RecurrentOutput.Sequence;
            layers[index] = Add($"{part}.{index}.", RecurrentLayer.Create(Context, layer.ToLayer(inputChannels, output)));
            inputChannels = layer.HiddenChannels;
        }

        return layers;
    }

    private T Add<T>(string prefix, T layer)
        where T : Layer
    {
        _all.Add((prefix, layer));
        return layer;
    }
}
