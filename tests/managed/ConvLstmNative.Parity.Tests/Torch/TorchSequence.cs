using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

using Tensor = torch.Tensor;

/// <summary>Cells stacked on each other, run through time in one direction: within a step from the bottom to the top.</summary>
internal sealed class TorchSequence(LayerCase layer, TorchCell[] cells, bool isReverse)
{
    /// <summary>The outputs of the top cell by step, and the final state.</summary>
    public (Tensor[] Outputs, Tensor[] State) Run(Tensor?[] inputs, Tensor[] initial)
    {
        int own = layer.Cell.OwnParts();
        Tensor[][] states = [.. cells.Select((_, index) => initial[(index * own)..((index + 1) * own)])];
        Tensor[] memory = layer.Cell.HasMemory() ? [initial[^1]] : []; // zig-zags through the cells
        bool[] hasCounted = new bool[layer.Batch];
        Tensor[] outputs = new Tensor[layer.Steps];
        for (int step = 0; step < layer.Steps; step++)
        {
            int t = isReverse ? layer.Steps - 1 - step : step;
            if (layer.TruncateEvery > 0 && step > 0 && step % layer.TruncateEvery == 0)
            {
                states = [.. states.Select(Detach)];
                memory = Detach(memory);
            }

            Tensor? x = inputs[t];
            Tensor? active = Flags(n => layer.Active?[n, t] ?? true, torch.@bool);
            for (int index = 0; index < cells.Length; index++)
            {
                Tensor[] before = [.. states[index], .. memory];
                Tensor[] after = cells[index].Step(x, before);
                if (active is not null)
                    after = [.. after.Zip(before, (next, old) => torch.where(active, next, old))];
                states[index] = after[..own];
                memory = after[own..];
                x = after[0];
            }

            for (int n = 0; n < layer.Batch; n++)
                hasCounted[n] |= layer.Active?[n, t] ?? true;
            Tensor? emits = Flags(n => layer.Mask == MaskKind.Zero ? layer.Active![n, t] : hasCounted[n], torch.float64);
            outputs[t] = emits is null ? x! : x! * emits;
        }

        return (outputs, [.. states.SelectMany(parts => parts), .. memory]);
    }

    private static Tensor[] Detach(Tensor[] parts) => Array.ConvertAll(parts, part => part.detach());

    /// <summary>(N, 1, …) of 1 and 0; null where the run has no mask.</summary>
    private Tensor? Flags(Func<int, bool> isSet, torch.ScalarType type) => layer.Active is null ? null : torch.tensor(
        [.. Enumerable.Range(0, layer.Batch).Select(n => isSet(n) ? 1.0 : 0.0)],
        [layer.Batch, 1, .. Enumerable.Repeat(1L, layer.Rank)]).to(type);
}
