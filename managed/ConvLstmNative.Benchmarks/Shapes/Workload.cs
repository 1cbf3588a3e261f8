namespace ConvLstmNative.Benchmarks;

/// <summary>The numbers that every contender of a shape gets: the same weights, x, h0, c0 and gradient by y.</summary>
internal sealed class Workload
{
    public Workload(BenchmarkShape shape)
    {
        Shape = shape;
        Random random = new(1);
        float bound = 1 / MathF.Sqrt(shape.HiddenChannels * shape.KernelSize * shape.KernelSize);
        int kernel = 4 * shape.HiddenChannels * shape.KernelSize * shape.KernelSize;
        Layers = [.. Enumerable.Range(0, shape.Layers).Select(layer => new LayerWeights(
            Uniform(random, kernel * shape.InputsOf(layer), bound),
            Uniform(random, kernel * shape.HiddenChannels, bound),
            Uniform(random, 4 * shape.HiddenChannels, bound),
            Uniform(random, shape.StateElements, 0.5f),
            Uniform(random, shape.StateElements, 0.5f)))];
        X = Uniform(random, (int)shape.Input.ElementCount, 1);
        OutputGradient = Uniform(random, (int)shape.Output.ElementCount, 1e-2f);
    }

    public BenchmarkShape Shape { get; }

    public IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>(N, T, C, H, W).</summary>
    public float[] X { get; }

    /// <summary>Gradient of the loss by the output, (N, T, F, H, W).</summary>
    public float[] OutputGradient { get; }

    /// <summary>One step of a sequence (N, T, …) as (N, …).</summary>
    public float[] Step(float[] sequence, int t)
    {
        int image = sequence.Length / (Shape.Batch * Shape.Steps);
        float[] step = new float[Shape.Batch * image];
        for (int n = 0; n < Shape.Batch; n++)
            sequence.AsSpan(((n * Shape.Steps) + t) * image, image).CopyTo(step.AsSpan(n * image));
        return step;
    }

    /// <summary>Puts steps of (N, …) together as (N, T, …).</summary>
    public float[] Join(IReadOnlyList<float[]> steps)
    {
        int image = steps[0].Length / Shape.Batch;
        float[] sequence = new float[steps.Count * steps[0].Length];
        for (int t = 0; t < steps.Count; t++)
        {
            for (int n = 0; n < Shape.Batch; n++)
                steps[t].AsSpan(n * image, image).CopyTo(sequence.AsSpan(((n * steps.Count) + t) * image));
        }

        return sequence;
    }

    private static float[] Uniform(Random random, int count, float bound)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
            value = ((2 * random.NextSingle()) - 1) * bound;
        return values;
    }
}
