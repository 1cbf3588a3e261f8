namespace ConvLstmNative.Parity.Tests;

/// <summary>Valid cases over all knobs, each decided by a number.</summary>
internal sealed class CaseGenerator
{
    private readonly Random _random;

    private CaseGenerator(int seed) => _random = new Random(seed);

    public static LayerCase Draw(int seed)
    {
        CaseGenerator generator = new(seed);
        while (true)
        {
            LayerCase drawn = generator.DrawKernels(generator.DrawKnobs());
            if (Enumerable.Range(0, drawn.Rank).All(k => drawn.Grid[k] is >= 1 and <= 8))
                return generator.DrawRun(drawn);
        }
    }

    private LayerCase DrawKnobs()
    {
        Cell cell = One<Cell>();
        bool isLstm = cell == Cell.ConvLstm;
        bool hasGroups = cell is Cell.ConvLstm or Cell.ConvGru;
        int rank = One(1, 2, 2, 3);
        int hidden = One(1, 2, 3, 4);
        DirectionKind direction = One<DirectionKind>();
        return new LayerCase
        {
            Cell = cell,
            Rank = rank,
            TimeFirst = Chance(0.5),
            ChannelsLast = Chance(0.5),
            LastOutputOnly = Chance(0.3),
            Peephole = isLstm ? One<PeepholeKind>() : PeepholeKind.None,
            BiasCount = One(0, 1, 2),
            ForgetBias = cell is Cell.ConvLstm or Cell.SpatioTemporalLstm ? One(0, 1, -0.5f) : 0,
            CellClip = isLstm ? One(0, 0, 0.4f) : 0,
            Gate = One<GateFunction>(),
            CellFunction = One<CellFunction>(),
            Normalization = One(NormalizationKind.None, NormalizationKind.Layer, hasGroups ? NormalizationKind.Group : NormalizationKind.None),
            GroupChannels = One([.. Enumerable.Range(1, hidden).Where(size => hidden % size == 0)]),
            NormEpsilon = One(1e-3f, 1e-2f),
            Mask = One<MaskKind>(),
            Direction = direction,
            Merge = One<MergeKind>(),
            Layers = cell == Cell.SpatioTemporalLstm && direction == DirectionKind.Bidirectional ? 1 : One(1, 1, 2, 3),
            InputDropout = One(0, 0, 0.3f),
            RecurrentDropout = One(0, 0, 0.4f),
            Padding = One<PaddingKind>(),
            InputChannels = One(0, 1, 2, 3),
            HiddenChannels = hidden,
        };
    }

    private LayerCase DrawKernels(LayerCase drawn)
    {
        int rank = drawn.Rank;
        int largest = rank == 3 ? 3 : 5;
        bool isExplicit = drawn.Padding == PaddingKind.Explicit;
        bool hasStride = Chance(0.3);
        bool hasDilation = !hasStride && Chance(0.3);
        return drawn with
        {
            InputKernel = Draw(rank, 1, largest),
            RecurrentKernel = Draw(rank, 1, largest - 1),
            RecurrentDilation = Chance(0.3) ? Draw(rank, 1, 2) : Draw(rank, 1, 1),
            Stride = hasStride ? Draw(rank, 1, 3) : Draw(rank, 1, 1),
            Dilation = hasDilation ? Draw(rank, 1, 3) : Draw(rank, 1, 1),
            PaddingBefore = isExplicit ? Draw(rank, 0, 3) : Draw(rank, 0, 0),
            PaddingAfter = isExplicit ? Draw(rank, 0, 3) : Draw(rank, 0, 0),
            Size = Draw(rank, 1, rank == 3 ? 4 : 7),
            Batch = One(1, 2, 3),
            Steps = One(1, 2, 3, 4, 5),
        };
    }

    private LayerCase DrawRun(LayerCase drawn) => drawn with
    {
        InputSteps = Chance(0.3) ? _random.Next(0, drawn.Steps + 1) : drawn.Steps,
        Active = drawn.Mask == MaskKind.None ? null : DrawActive(drawn),
        DropoutSeed = (ulong)_random.NextInt64(),
        IsTraining = true,
        HasState = Chance(0.6),
        CheckpointEvery = Chance(0.3) ? One(1, 2, 3) : 0,
        TruncateEvery = Chance(0.25) ? One(1, 2, 3) : 0,
    };

    private Active DrawActive(LayerCase drawn)
    {
        if (Chance(0.4))
            return Active.OfLengths([.. Enumerable.Range(0, drawn.Batch).Select(_ => _random.Next(0, drawn.Steps + 1))], drawn.Steps);
        bool[,] steps = new bool[drawn.Batch, drawn.Steps];
        for (int n = 0; n < drawn.Batch; n++)
            for (int t = 0; t < drawn.Steps; t++)
                steps[n, t] = Chance(0.6);
        return Active.OfMask(steps);
    }

    private Extents Draw(int rank, int from, int to) => new([.. Enumerable.Range(0, rank).Select(_ => _random.Next(from, to + 1))]);

    private bool Chance(double probability) => _random.NextDouble() < probability;

    private T One<T>(params T[] values) => values[_random.Next(values.Length)];

    private T One<T>()
        where T : struct, Enum => One(Enum.GetValues<T>());
}
