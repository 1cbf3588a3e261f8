namespace ConvLstmNative.Cli;

/// <summary>Where the checkpoint of a run lies: beside the model that the run is going to write.</summary>
internal static class CheckpointFile
{
    private const string Extension = ".safetensors";

    /// <summary><c>shapes.safetensors</c> → <c>shapes.checkpoint.safetensors</c>.</summary>
    public static string PathFor(string modelPath)
    {
        string stem = modelPath.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
            ? modelPath[..^Extension.Length]
            : modelPath;
        return stem + ".checkpoint" + Extension;
    }
}
