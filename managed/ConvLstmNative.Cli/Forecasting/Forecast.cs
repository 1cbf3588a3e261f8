using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>One sequence and what the model made of it.</summary>
internal sealed class Forecast
{
    private Forecast(FrameShape shape, int inputSteps, float[] sequence, float[] predicted)
    {
        Shape = shape;
        InputSteps = inputSteps;
        Sequence = sequence;
        Predicted = predicted;
    }

    public FrameShape Shape { get; }

    public int InputSteps { get; }

    /// <summary>(T, C, H, W): the input frames, then the true ones where they are known.</summary>
    public float[] Sequence { get; }

    /// <summary>(horizon, C, H, W).</summary>
    public float[] Predicted { get; }

    public ReadOnlySpan<float> Input => Sequence.AsSpan(0, InputSteps * Shape.ElementCount);

    /// <summary>Empty where the truth is not known.</summary>
    public ReadOnlySpan<float> Truth => Sequence.AsSpan(InputSteps * Shape.ElementCount);

    /// <summary>Reads one sequence and predicts.</summary>
    public static Forecast Make(Forecaster forecaster, IFrameSequenceSource source, long index)
    {
        float[] sequence = new float[source.Steps * source.Shape.ElementCount];
        source.Read(index, sequence);
        int split = forecaster.InputSteps * source.Shape.ElementCount;
        float[] predicted = forecaster.Predict(sequence.AsSpan(0, split), source.Shape);
        return new Forecast(source.Shape, forecaster.InputSteps, sequence, predicted);
    }

    /// <summary>The figures of this forecast; null where the truth is not known.</summary>
    public Evaluation? Evaluate(Forecaster forecaster)
    {
        if (Truth.IsEmpty)
            return null;
        float[] repeated = new float[Predicted.Length];
        Persistence.Predict(Input, 1, Shape, repeated);
        return Evaluation.Of(forecaster, Shape, Truth, Predicted, repeated);
    }
}
