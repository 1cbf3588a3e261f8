using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>A loaded model with the data that it is to be shown. Owns its context and model.</summary>
internal sealed class Forecaster : IDisposable
{
    private const int UsualSteps = 10;
    private const float RadarEvent = 20;
    private readonly Context _context;

    /// <summary>Loads the model and settles what it reads: what was given, else as the model was trained.</summary>
    public Forecaster(ForecastRequest request)
    {
        _context = request.Device.CreateContext(request.Threads);
        try
        {
            Model = ModelFile.Load(_context, request.Model);
            try
            {
                TrainingRecord? training = ModelNotes.ReadTraining(Model);
                Data = DataResolver.Resolve(request.Data, ModelNotes.ReadData(Model), DataPurpose.Testing);
                if (request.InputSteps is { } given && training is not null && given != training.InputSteps)
                    throw UsageException.Expected("--input-steps", $"{training.InputSteps}, as the model was trained", given);
                InputSteps = request.InputSteps ?? training?.InputSteps ?? UsualSteps;
                Horizon = request.Horizon ?? training?.Horizon ?? UsualSteps;
            }
            catch
            {
                Model.Dispose();
                throw;
            }
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    public SequenceModel Model { get; }

    public DataSettings Data { get; set; }

    public int InputSteps { get; }

    public int Horizon { get; }

    /// <summary>Whether figures for radar events are shown.</summary>
    public bool IsRadar => Data.Values == ValueScale.RadarReflectivity;

    /// <summary>At or above this a value is an event, in unit values.</summary>
    public float EventThreshold => IsRadar ? ValueScale.RadarReflectivity.UnitOf(RadarEvent) : 0.5f;

    /// <summary>Opens the data for sequences of so many frames.</summary>
    public IFrameSequenceSource Open(int steps, bool latest = false)
    {
        IFrameSequenceSource source = DataSource.OpenForTesting(Data, steps, Model.Options.PatchSize, latest);
        if (source.Shape.Channels == Model.Options.Channels)
            return source;
        (source as IDisposable)?.Dispose();
        throw new ToolException($"--data: expected frames of {Model.Options.Channels} channel(s), as the model has, got {source.Shape.Channels}.");
    }

    /// <summary>Predicts from the input frames of one sequence.</summary>
    /// <param name="input">(T, C, H, W).</param>
    /// <param name="frame">The size of a frame.</param>
    /// <returns>(horizon, C, H, W), as the model gives it: not clipped.</returns>
    public float[] Predict(ReadOnlySpan<float> input, FrameShape frame)
    {
        float[] predicted = new float[Horizon * frame.ElementCount];
        var shape = new SequenceShape(1, InputSteps, frame.Channels, frame.Height, frame.Width);
        Model.Predict(input, shape, Horizon, predicted);
        return predicted;
    }

    public void Dispose()
    {
        Model.Dispose();
        _context.Dispose();
    }
}
