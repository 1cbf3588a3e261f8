using System.Text.Json;

namespace ConvLstmNative.Cli;

/// <summary>The notes that this tool keeps in a model's metadata, each as JSON under a key of its own.</summary>
internal static class ModelNotes
{
    private const string DataKey = "data";
    private const string TrainingKey = "training";
    private const string CheckpointKey = "checkpoint";

    /// <summary>The data that the model was trained on; null where the model came from elsewhere.</summary>
    public static DataSettings? ReadData(SequenceModel model) =>
        Read<DataSettings>(model, DataKey) ?? ReadState(model)?.Settings.Data;

    /// <summary>How the model was trained; null where the model came from elsewhere.</summary>
    public static TrainingRecord? ReadTraining(SequenceModel model) =>
        Read<TrainingRecord>(model, TrainingKey) ?? (ReadState(model) is { } state ? TrainingRecord.From(state) : null);

    /// <summary>The state of an unfinished run; null where the file is no checkpoint of this tool.</summary>
    public static TrainingState? ReadState(SequenceModel model) => Read<TrainingState>(model, CheckpointKey);

    /// <summary>Writes the notes of a checkpoint.</summary>
    public static void WriteState(SequenceModel model, TrainingState state) => Write(model, CheckpointKey, state);

    /// <summary>Writes the notes of a finished model; where its data lay stays private.</summary>
    public static void WriteFinal(SequenceModel model, DataSettings data, TrainingRecord training)
    {
        model.Metadata.Remove(CheckpointKey);
        Write(model, DataKey, data with { Input = null });
        Write(model, TrainingKey, training);
    }

    private static T? Read<T>(SequenceModel model, string key)
        where T : class
    {
        if (!model.Metadata.TryGetValue(key, out string? text))
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(text, ToolJson.Compact);
        }
        catch (JsonException exception)
        {
            throw new ToolException($"The model's note '{key}' is not what this tool writes: {exception.Message}", exception);
        }
    }

    private static void Write<T>(SequenceModel model, string key, T value) =>
        model.Metadata[key] = JsonSerializer.Serialize(value, ToolJson.Compact);
}
