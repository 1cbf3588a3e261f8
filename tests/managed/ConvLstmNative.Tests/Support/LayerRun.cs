namespace ConvLstmNative.Tests;

/// <summary>What came of a training run of a layer with random parameters, inputs, states and gradients.</summary>
internal sealed class LayerRun
{
    public required float[] Output { get; init; }

    public required float[] InputGradient { get; init; }

    public required Dictionary<string, float[]> FinalState { get; init; }

    public required Dictionary<string, float[]> StateGradient { get; init; }

    public required Dictionary<string, float[]> ParameterGradients { get; init; }

    public required long TapeBytes { get; init; }

    /// <summary>A layer whose parameters are random numbers, the same for the same name.</summary>
    public static T Fill<T>(T layer, float scale = 0.4f)
        where T : Layer
    {
        foreach (LayerParameter parameter in layer.Parameters)
            layer.SetParameter(parameter.Name, Random(parameter.Name, parameter.ElementCount, scale));
        return layer;
    }

    /// <summary>Numbers that depend on the name alone.</summary>
    public static float[] Random(string name, long count, float scale = 1) =>
        Numbers.Random(name.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter)), count, scale);

    /// <summary>Output of an inference run from zeros.</summary>
    public static float[] Forward(RecurrentLayer layer, SequenceShape shape, ReadOnlySpan<float> x, RunOptions options = default)
    {
        float[] y = Numbers.Poisoned(layer.OutputShape(shape).ElementCount);
        layer.Forward(x, shape, null, y, options);
        return y;
    }

    /// <summary>Forward and backward from random states, with random gradients by the output and by the final state.</summary>
    public static LayerRun Train(
        RecurrentLayer layer, SequenceShape shape, float[] x, RunOptions options = default, TapeOptions? tapeOptions = null)
    {
        Context context = layer.Context;
        using DisposableList owned = new();
        long outputs = layer.OutputShape(shape).ElementCount;
        Tensor? input = x.Length > 0 ? owned.Add(Tensor.FromSpan(context, x, x.Length)) : null;
        Tensor? dx = x.Length > 0 ? owned.Add(Tensor.FromSpan(context, Numbers.Poisoned(x.Length), x.Length)) : null;
        Tensor y = owned.Add(Tensor.FromSpan(context, Numbers.Poisoned(outputs), outputs));
        Tensor dy = owned.Add(Tensor.FromSpan(context, Numbers.Random(91, outputs), outputs));
        RecurrentState state = owned.Add(State(layer, shape, string.Empty));
        RecurrentState dstate = owned.Add(State(layer, shape, "gradient of "));
        TrainingTape tape = owned.Add(tapeOptions is null ? layer.CreateTape(shape) : layer.CreateTape(shape, tapeOptions));
        layer.ZeroGradients();
        layer.ForwardTraining(input, shape, state, tape, y, options);
        layer.Backward(input, shape, tape, dy, dstate, dx);
        return new LayerRun
        {
            Output = y.ToArray(),
            InputGradient = dx?.ToArray() ?? [],
            FinalState = Parts(state),
            StateGradient = Parts(dstate),
            ParameterGradients = Gradients(layer),
            TapeBytes = tape.Bytes,
        };
    }

    /// <summary>A state of random numbers that depend on the names of its parts.</summary>
    public static RecurrentState State(RecurrentLayer layer, SequenceShape shape, string prefix)
    {
        RecurrentState state = layer.CreateState(shape);
        foreach (string name in state.PartNames)
            state.SetPart(name, Random(prefix + name, state.PartElementCount, 0.5f));
        return state;
    }

    public static Dictionary<string, float[]> Parts(RecurrentState state) => state.PartNames.ToDictionary(name => name, name =>
    {
        float[] values = Numbers.Poisoned(state.PartElementCount);
        state.GetPart(name, values);
        return values;
    });

    public static Dictionary<string, float[]> Gradients(Layer layer) => layer.Parameters.ToDictionary(
        parameter => parameter.Name,
        parameter =>
        {
            float[] values = Numbers.Poisoned(parameter.ElementCount);
            layer.GetGradient(parameter.Name, values);
            return values;
        });

    /// <summary>Copies the parameters of one layer whose names begin with a prefix into a layer that has them without it.</summary>
    public static void CopyParameters(Layer from, string prefix, Layer to)
    {
        foreach (LayerParameter parameter in to.Parameters)
        {
            float[] values = new float[parameter.ElementCount];
            from.GetParameter(prefix + parameter.Name, values);
            to.SetParameter(parameter.Name, values);
        }
    }
}
