namespace ConvLstmNative.Cli;

/// <summary>Parameters and states of a layer, from and to safetensors files.</summary>
internal static class TensorFile
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    /// <summary>Reads all parameters; each must be there, and none more.</summary>
    public static void ReadParameters(string option, string path, RecurrentLayer layer)
    {
        using SafetensorsReader file = Open(option, path);
        file.CheckTensors(layer.Parameters.Select(parameter => (parameter.Name, (IReadOnlyList<long>)parameter.Shape)));
        foreach (LayerParameter parameter in layer.Parameters)
        {
            float[] values = new float[parameter.ElementCount];
            file.Read(parameter.Name, values);
            layer.SetParameter(parameter.Name, values);
        }
    }

    /// <summary>Reads all parts of a state; each must be there, and none more.</summary>
    public static void ReadState(string option, string path, RecurrentState state)
    {
        using SafetensorsReader file = Open(option, path);
        file.CheckTensors(state.PartNames.Select(name => (name, (IReadOnlyList<long>)state.PartShape)));
        float[] values = new float[state.PartElementCount];
        foreach (string name in state.PartNames)
        {
            file.Read(name, values);
            state.SetPart(name, values);
        }
    }

    public static void WriteGradients(string path, RecurrentLayer layer) => SafetensorsWriter.Write(
        path,
        [
            .. layer.Parameters.Select(parameter => new SafetensorsTensor(
                parameter.Name, parameter.Shape, values => layer.GetGradient(parameter.Name, values))),
        ],
        NoMetadata);

    public static void WriteState(string path, RecurrentState state) => SafetensorsWriter.Write(
        path,
        [.. state.PartNames.Select(name => new SafetensorsTensor(name, state.PartShape, values => state.GetPart(name, values)))],
        NoMetadata);

    private static SafetensorsReader Open(string option, string path) => File.Exists(path)
        ? SafetensorsReader.Open(path)
        : throw new ToolException($"{option}: expected a safetensors file, but '{path}' is not there.");
}
