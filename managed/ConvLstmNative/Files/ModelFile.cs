using System.Globalization;
using System.Text.Json;

namespace ConvLstmNative;

/// <summary>
/// Models and training checkpoints in safetensors files: the description as JSON in the metadata, parameters under the names
/// of <see cref="ModelParameter"/>, optimizer slots as <c>optimizer.m.encoder.0.bias</c>.
/// </summary>
internal static class ModelFile
{
    public const string OptimizerKey = Reserved + "optimizer";
    private const string Reserved = "convlstm.";
    private const string FormatKey = Reserved + "format";
    private const string Format = "1";
    private const string ModelKey = Reserved + "model";
    private const string StepCountKey = Reserved + "step_count";
    private const string SlotPrefix = "optimizer.";

    public static void Write(string path, SequenceModel model, SequenceTrainer? trainer)
    {
        Dictionary<string, string> metadata = new(model.Metadata, StringComparer.Ordinal);
        if (metadata.Keys.FirstOrDefault(key => key.StartsWith(Reserved, StringComparison.Ordinal)) is { } taken)
            throw new ArgumentException($"Metadata: expected names that do not start with '{Reserved}', got '{taken}'", nameof(model));
        metadata[FormatKey] = Format;
        metadata[ModelKey] = ModelJson.Write(model.Options);
        List<SafetensorsTensor> tensors = [.. Parameters(model)];
        if (trainer is not null)
        {
            metadata[OptimizerKey] = JsonSerializer.Serialize(trainer.OptimizerOptions, ModelJson.Optimizer);
            metadata[StepCountKey] = trainer.StepCount.ToString(CultureInfo.InvariantCulture);
            tensors.AddRange(Slots(trainer));
        }

        SafetensorsWriter.Write(path, tensors, metadata);
    }

    public static SequenceModel ReadModel(Context context, SafetensorsReader file)
    {
        if (file.Text(FormatKey) != Format)
            throw new ModelFormatException(file.Path, FormatKey, Format, file.Text(FormatKey));
        SequenceModelOptions options = Json(file, ModelKey, ModelJson.ReadModel);
        _ = Guard(file, ModelKey, () =>
        {
            options.Validate();
            return options;
        });
        CheckTensors(file, options);
        SequenceModel model = Guard(file, ModelKey, () => SequenceModel.CreateEmpty(context, options));
        try
        {
            foreach ((string prefix, Layer layer, LayerParameter parameter) in All(model))
            {
                float[] values = new float[parameter.ElementCount];
                file.Read(prefix + parameter.Name, values);
                layer.SetParameter(parameter.Name, values);
            }

            foreach ((string key, string value) in file.Metadata)
            {
                if (!key.StartsWith(Reserved, StringComparison.Ordinal))
                    model.Metadata[key] = value;
            }

            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public static OptimizerOptions ReadOptimizerOptions(SafetensorsReader file) =>
        Json(file, OptimizerKey, json => JsonSerializer.Deserialize(json, ModelJson.Optimizer));

    public static void ReadOptimizer(SafetensorsReader file, SequenceTrainer trainer)
    {
        string text = file.Text(StepCountKey);
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            throw new ModelFormatException(file.Path, StepCountKey, "a whole number of at least 0", text);
        foreach ((string prefix, Layer layer, LayerParameter parameter) in All(trainer.Model))
        {
            for (int slot = 0; slot < trainer.Optimizer.Slots.Count; slot++)
            {
                float[] values = new float[parameter.ElementCount];
                file.Read($"{SlotPrefix}{trainer.Optimizer.Slots[slot]}.{prefix}{parameter.Name}", values);
                trainer.Optimizer.SetSlot(layer, parameter.Name, slot, values);
            }
        }

        trainer.StepCount = count;
    }

    /// <summary>Turns a refusal of values that came from the file into an error of the file.</summary>
    public static T Guard<T>(SafetensorsReader file, string part, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (
            error is ArgumentException or OverflowException or InvalidArgumentException or SizeOverflowException or NotFiniteException)
        {
            throw new ModelFormatException(file.Path, part, "a valid description", error.Message, error);
        }
    }

    // Before anything is allocated: the description and the tensors must tell of the same model.
    private static void CheckTensors(SafetensorsReader file, SequenceModelOptions options)
    {
        bool isCheckpoint = file.Metadata.ContainsKey(OptimizerKey);
        file.CheckTensors(
            ModelParameter.Of(options).Select(parameter => (parameter.Name, (IReadOnlyList<long>)parameter.Shape)),
            name => isCheckpoint && name.StartsWith(SlotPrefix, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Prefix, Layer Layer, LayerParameter Parameter)> All(SequenceModel model) =>
        model.Layers.All.SelectMany(entry => entry.Layer.Parameters.Select(parameter => (entry.Prefix, entry.Layer, parameter)));

    private static IEnumerable<SafetensorsTensor> Parameters(SequenceModel model) => All(model).Select(item =>
        new SafetensorsTensor(
            item.Prefix + item.Parameter.Name,
            item.Parameter.Shape,
            values => item.Layer.GetParameter(item.Parameter.Name, values)));

    private static IEnumerable<SafetensorsTensor> Slots(SequenceTrainer trainer) => All(trainer.Model).SelectMany(item =>
        trainer.Optimizer.Slots.Select((name, slot) => new SafetensorsTensor(
            $"{SlotPrefix}{name}.{item.Prefix}{item.Parameter.Name}",
            item.Parameter.Shape,
            values => trainer.Optimizer.GetSlot(item.Layer, item.Parameter.Name, slot, values))));

    private static T Json<T>(SafetensorsReader file, string key, Func<string, T?> read)
        where T : class
    {
        try
        {
            return read(file.Text(key))
                ?? throw new ModelFormatException(file.Path, key, "a JSON object", "null");
        }
        catch (JsonException error)
        {
            throw new ModelFormatException(file.Path, key, "a description as JSON", error.Message.ReplaceLineEndings(" "), error);
        }
    }
}
