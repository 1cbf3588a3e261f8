using Spectre.Console;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>Models and data in words.</summary>
internal static class ModelText
{
    /// <summary>Two lines before the work begins: which model, and which data.</summary>
    public static void WriteHeading(ToolConsole console, string name, Forecaster forecaster)
    {
        console.Line($"[bold]{Markup.Escape(name)}[/]: {Markup.Escape(Describe(forecaster.Model))}");
        console.Line($"{Markup.Escape(Describe(forecaster.Data))}, {forecaster.InputSteps} frames in, {forecaster.Horizon} out");
    }

    /// <summary>The architecture of a model in a few words.</summary>
    public static string Describe(SequenceModel model)
    {
        SequenceModelOptions options = model.Options;
        string hidden = string.Join('-', options.Layers.Select(layer => layer.HiddenChannels));
        string kernels = string.Join(", ", options.Layers.Select(Kernels).Distinct());
        string residual = options.Residual ? ", residual" : string.Empty;
        string cells = string.Join('/', options.Layers.Select(Cell).Distinct());
        return Invariant($"{cells} {hidden}, kernels {kernels}, patch {options.PatchSize}{residual}, {model.ParameterCount:N0} parameters");
    }

    /// <summary>The data in a few words.</summary>
    public static string Describe(DataSettings data)
    {
        string kind = Words.Of(data.Kind);
        return data.Kind switch
        {
            DataKind.MovingShapes => Invariant($"{kind} ({Words.Of(data.Shapes!.Value)}) {data.Size}x{data.Size}, {data.Objects} at once, seed {data.Seed}"),
            DataKind.MovingMnist => Invariant($"{kind} {data.Size}x{data.Size}, {data.Objects} at once, digits {data.Digits}, seed {data.Seed}"),
            DataKind.Frames => Invariant(
                $"{kind} ({Words.Of(data.Values!.Value)}), downscale {data.Downscale}, crop {data.Crop}")
                + (data.MinimumRain > 0 ? Invariant($", at least {100 * data.MinimumRain:0.#} % content") : string.Empty)
                + (data.TimeStride > 1 ? Invariant($", every {data.TimeStride} pictures") : string.Empty),
            _ => data.Sequences is { } range ? Invariant($"{kind}, sequences {range}") : kind,
        };
    }

    private static string Cell(RecurrentLayerOptions layer) => layer.Cell == RecurrentCell.ConvGru ? "ConvGRU" : "ConvLSTM";

    private static string Kernels(RecurrentLayerOptions layer) => layer.InputKernelSize == layer.RecurrentKernelSize
        ? Invariant($"{layer.InputKernelSize}x{layer.InputKernelSize}")
        : Invariant($"{layer.InputKernelSize}x{layer.InputKernelSize} in and {layer.RecurrentKernelSize}x{layer.RecurrentKernelSize} recurrent");
}
