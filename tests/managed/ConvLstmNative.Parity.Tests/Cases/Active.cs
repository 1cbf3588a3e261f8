namespace ConvLstmNative.Parity.Tests;

/// <summary>Which steps of which sequences count: given as a mask by step, or as lengths.</summary>
internal sealed class Active
{
    private readonly bool[,] _steps;

    private Active(bool[,] steps, int[]? lengths) => (_steps, Lengths) = (steps, lengths);

    /// <summary>Lengths by sequence where it was made of them.</summary>
    public int[]? Lengths { get; }

    public bool this[int sequence, int step] => _steps[sequence, step];

    public static Active OfLengths(int[] lengths, int steps)
    {
        bool[,] active = new bool[lengths.Length, steps];
        for (int n = 0; n < lengths.Length; n++)
            for (int t = 0; t < steps; t++)
                active[n, t] = t < lengths[n];
        return new Active(active, lengths);
    }

    public static Active OfMask(bool[,] steps) => new(steps, null);

    /// <summary>The mask in the order (N, T), or (T, N).</summary>
    public bool[] ToMask(bool timeFirst)
    {
        int batch = _steps.GetLength(0);
        int steps = _steps.GetLength(1);
        bool[] mask = new bool[batch * steps];
        for (int n = 0; n < batch; n++)
            for (int t = 0; t < steps; t++)
                mask[timeFirst ? (t * batch) + n : (n * steps) + t] = _steps[n, t];
        return mask;
    }

    /// <summary>Rows of 1 and 0 by sequence.</summary>
    public override string ToString() => string.Join(
        '/',
        Enumerable.Range(0, _steps.GetLength(0)).Select(
            n => string.Concat(Enumerable.Range(0, _steps.GetLength(1)).Select(t => _steps[n, t] ? '1' : '0'))));
}
