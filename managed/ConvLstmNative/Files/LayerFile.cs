namespace ConvLstmNative;

/// <summary>
/// Single recurrent layers in safetensors files: the description as JSON in the metadata, parameters under their canonical
/// names.
/// </summary>
internal static class LayerFile
{
    private const string FormatKey = "convlstm.format";
    private const string Format = "1";
    private const string LayerKey = "convlstm.layer";

    public static void Write(string path, RecurrentLayer layer) => SafetensorsWriter.Write(
        path,
        [
            .. layer.Parameters.Select(parameter => new SafetensorsTensor(
                parameter.Name, parameter.Shape, values => layer.GetParameter(parameter.Name, values))),
        ],
        new Dictionary<string, string> { [FormatKey] = Format, [LayerKey] = LayerDescription.Format(layer.Options) });

    public static RecurrentLayer Read(Context context, string path)
    {
        using SafetensorsReader file = SafetensorsReader.Open(path);
        if (file.Text(FormatKey) != Format)
            throw new ModelFormatException(path, FormatKey, Format, file.Text(FormatKey));
        RecurrentOptions options = Describe(file);

        // Before anything is allocated: the description and the tensors must tell of the same layer.
        file.CheckTensors(ModelFile.Guard(file, LayerKey, () => Parameters(options)));
        RecurrentLayer layer = ModelFile.Guard(file, LayerKey, () => RecurrentLayer.Create(context, options));
        try
        {
            foreach (LayerParameter parameter in layer.Parameters)
            {
                float[] values = new float[parameter.ElementCount];
                file.Read(parameter.Name, values);
                layer.SetParameter(parameter.Name, values);
            }

            return layer;
        }
        catch
        {
            layer.Dispose();
            throw;
        }
    }

    private static RecurrentOptions Describe(SafetensorsReader file)
    {
        string json = file.Text(LayerKey);
        try
        {
            return LayerDescription.Parse(json, $"{file.Path}: {LayerKey}");
        }
        catch (ModelFormatException error)
        {
            throw new ModelFormatException(file.Path, LayerKey, "the description of a layer", error.Message, error);
        }
    }

    // A file is not trusted: as many layers as it likes would make as many names.
    private static List<(string Name, IReadOnlyList<long> Shape)> Parameters(RecurrentOptions options)
    {
        const int MostLayers = 64;
        if (options.Layers is < 1 or > MostLayers)
            throw new ArgumentException($"layers: expected 1 to {MostLayers}, got {options.Layers}");
        return [.. RecurrentParameter.Of(options).Select(parameter => (parameter.Name, (IReadOnlyList<long>)parameter.Shape))];
    }
}
