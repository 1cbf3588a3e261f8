namespace ConvLstmNative.Cli;

/// <summary>Finds and loads the model that a command works with.</summary>
internal static class ModelFile
{
    /// <summary>The model that comes with the tool: trained on moving shapes.</summary>
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "Models", "moving-shapes.safetensors");

    /// <summary>Loads the model at a path, or the one that comes with the tool.</summary>
    /// <param name="context">Where it will run.</param>
    /// <param name="path">What <c>--model</c> gave; null for the default model.</param>
    public static SequenceModel Load(Context context, string? path)
    {
        if (path is null)
        {
            if (!File.Exists(DefaultPath))
            {
                throw new ToolException(
                    "--model: expected a model file; this build of the tool comes without its default model, Models/moving-shapes.safetensors.");
            }

            return SequenceModel.Load(context, DefaultPath);
        }

        if (!File.Exists(path))
            throw new ToolException($"--model: expected a model file, but '{path}' is not there.");
        return SequenceModel.Load(context, path);
    }

    /// <summary>What to call a model in messages.</summary>
    public static string Name(string? path) => path ?? "the default model";
}
