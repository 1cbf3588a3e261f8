using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>A recurrent layer, or a stack of them, run over a sequence.</summary>
/// <param name="layer">The case.</param>
/// <param name="parameters">All parameters by their names.</param>
internal sealed class TorchLayer(LayerCase layer, IReadOnlyDictionary<string, Tensor> parameters)
{
    /// <summary>The output in the layout of the case, and the final state.</summary>
    /// <param name="x">Input in the layout of the case; null where there is none.</param>
    /// <param name="initial">Parts of the state in the order of cln_state.</param>
    public (Tensor Output, Tensor[] State) Run(Tensor? x, Tensor[] initial)
    {
        Tensor?[] inputs = new Tensor?[layer.Steps];
        if (x is not null)
        {
            Tensor byStep = x.permute(layer.ToTimeFirst());
            for (int t = 0; t < layer.InputSteps; t++)
                inputs[t] = byStep[t];
        }

        (Tensor[] outputs, Tensor[] state) = layer.Directions == 2 ? RunBothWays(inputs, initial) : RunOneWay(inputs, initial);
        if (!layer.LastOutputOnly)
            return (torch.stack(outputs).permute(layer.FromTimeFirst()), state);
        Tensor last = outputs[^1];
        return (layer.ChannelsLast ? last.movedim([1L], [-1L]) : last, state);
    }

    private (Tensor[] Outputs, Tensor[] State) RunOneWay(Tensor?[] inputs, Tensor[] initial)
    {
        TorchCell[] cells = [.. Enumerable.Range(0, layer.Layers).Select(index => CreateCell(index, 0, index == 0 ? layer.InputChannels : layer.HiddenChannels))];
        bool isReverse = layer.Direction == DirectionKind.Reverse;
        (Tensor[] outputs, Tensor[] state) = new TorchSequence(layer, cells, isReverse).Run(inputs, initial);
        if (layer.LastOutputOnly && isReverse)
            Array.Reverse(outputs);
        return (outputs, state);
    }

    /// <summary>Layer by layer, each reading the merged outputs of the one below. In the end the last output stands last.</summary>
    private (Tensor[] Outputs, Tensor[] State) RunBothWays(Tensor?[] inputs, Tensor[] initial)
    {
        List<Tensor> state = [];
        Tensor[] merged = [];
        int parts = initial.Length / (2 * layer.Layers);
        for (int index = 0; index < layer.Layers; index++)
        {
            int channels = index == 0 ? layer.InputChannels : layer.OutputChannels;
            Tensor[][] outputs = new Tensor[2][];
            for (int direction = 0; direction < 2; direction++)
            {
                int from = ((2 * index) + direction) * parts;
                TorchSequence sequence = new(layer, [CreateCell(index, direction, channels)], direction == 1);
                (outputs[direction], Tensor[] final) = sequence.Run(inputs, initial[from..(from + parts)]);
                state.AddRange(final);
            }

            merged = [.. outputs[0].Zip(outputs[1], Merge)];
            if (layer.LastOutputOnly && index == layer.Layers - 1)
                merged[^1] = Merge(outputs[0][^1], outputs[1][0]);
            inputs = merged;
        }

        return (merged, [.. state]);
    }

    private Tensor Merge(Tensor forward, Tensor reverse) => layer.Merge switch
    {
        MergeKind.Concat => torch.cat([forward, reverse], 1),
        MergeKind.Sum => forward + reverse,
        MergeKind.Multiply => forward * reverse,
        _ => (forward + reverse) / 2,
    };

    private TorchCell CreateCell(int index, int direction, int inputChannels)
    {
        string prefix = (layer.Layers > 1 ? $"layers.{index}." : "") + (layer.Directions == 1 ? "" : direction == 0 ? "forward." : "reverse.");
        Dictionary<string, Tensor> own = parameters
            .Where(parameter => parameter.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(parameter => parameter.Key[prefix.Length..], parameter => parameter.Value);
        Extents one = new([.. Enumerable.Repeat(1, layer.Rank)]);
        Convolution input = index == 0 ? layer.InputConvolution : Convolution.Same(layer.InputKernel, one);
        ulong seed = TorchDropout.SeedOf(layer.DropoutSeed, (index * layer.Directions) + direction);
        long[] inputShape = [layer.Batch, inputChannels, .. (index == 0 ? layer.Size : layer.Grid).ToLongs()];
        long[] hiddenShape = [layer.Batch, layer.HiddenChannels, .. layer.Grid.ToLongs()];
        return TorchCell.Create(
            layer,
            own,
            input,
            TorchDropout.Factors(seed, TorchDropout.Input, layer.Cell.InputGates(), layer.IsTraining ? layer.InputDropout : 0, inputShape),
            TorchDropout.Factors(seed, TorchDropout.Recurrent, layer.Cell.RecurrentGates(), layer.IsTraining ? layer.RecurrentDropout : 0, hiddenShape));
    }
}
