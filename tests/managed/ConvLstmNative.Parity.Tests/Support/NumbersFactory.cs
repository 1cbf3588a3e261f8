namespace ConvLstmNative.Parity.Tests;

/// <summary>Draws the numbers of a case.</summary>
internal static class NumbersFactory
{
    /// <param name="layer">The case.</param>
    /// <param name="shapes">Names and shapes of the parameters.</param>
    /// <param name="stateParts">Parts of the state.</param>
    /// <param name="seed">Decides over all numbers.</param>
    public static Numbers Draw(LayerCase layer, IEnumerable<(string Name, long[] Shape)> shapes, int stateParts, int seed)
    {
        Random random = new(seed);
        Dictionary<string, ParameterValue> parameters = shapes.ToDictionary(
            parameter => parameter.Name, parameter => new ParameterValue(parameter.Shape, Draw(random, parameter.Name, parameter.Shape)));
        long x = layer.HasInput ? (long)layer.Batch * layer.InputSteps * layer.InputChannels * layer.Size.Product : 0;
        long y = (long)layer.Batch * (layer.LastOutputOnly ? 1 : layer.Steps) * layer.OutputChannels * layer.Grid.Product;
        long part = (long)layer.Batch * layer.HiddenChannels * layer.Grid.Product;
        float scale = layer.HasState ? 1 : 0;
        return new Numbers(
            parameters,
            Arrays.Random(random, x, 1),
            [.. Enumerable.Range(0, stateParts).Select(_ => Arrays.Random(random, part, scale))],
            Arrays.Random(random, y, 1),
            [.. Enumerable.Range(0, stateParts).Select(_ => Arrays.Random(random, part, scale))]);
    }

    /// <summary>Kernels so that sums stay near 1, scales of normalizations about 1, the rest below 1.</summary>
    private static float[] Draw(Random random, string name, long[] shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        float scale = name.EndsWith("kernel", StringComparison.Ordinal) ? 2 / MathF.Sqrt((float)count / shape[0]) : 0.5f;
        float centre = name.EndsWith("norm_scale", StringComparison.Ordinal) ? 1 : 0;
        return Array.ConvertAll(Arrays.Random(random, count, scale), value => centre + value);
    }
}
