namespace ConvLstmNative.Cli;

/// <summary>What the command line of <c>convlstm layer</c> asks for.</summary>
internal sealed record LayerRequest
{
    public required string Spec { get; init; }

    public string? Weights { get; init; }

    public ulong? Initialize { get; init; }

    public string? WeightsOut { get; init; }

    public string? Input { get; init; }

    public int? Steps { get; init; }

    public int? Batch { get; init; }

    public Sizes? Size { get; init; }

    public string? StateIn { get; init; }

    public string? Mask { get; init; }

    public IReadOnlyList<long>? Lengths { get; init; }

    public string? Output { get; init; }

    public string? StateOut { get; init; }

    public string? Gradient { get; init; }

    public string? StateGradientIn { get; init; }

    public string? InputGradient { get; init; }

    public string? WeightGradients { get; init; }

    public string? StateGradientOut { get; init; }

    public ulong? DropoutSeed { get; init; }

    public int? CheckpointEvery { get; init; }

    public int? TruncateEvery { get; init; }

    public string? Executor { get; init; }

    public Device Device { get; init; }

    public int Threads { get; init; }

    /// <summary>Whether there is a backward pass.</summary>
    public bool HasBackward => Gradient is not null || StateGradientIn is not null;

    /// <summary>Whether the forward pass is one of training: before a backward pass, and where it drops.</summary>
    public bool IsTraining => HasBackward || DropoutSeed is not null;

    /// <summary>Throws where options contradict each other.</summary>
    public LayerRequest Checked()
    {
        if (Weights is null == Initialize is null)
            throw new UsageException($"--weights and --initialize: expected one of them, got {(Weights is null ? "none" : "both")}.");
        if (Input is not null && Batch is not null)
            throw new UsageException("--batch: expected without --input, whose shape says it, got both.");
        if (Input is not null && Size is not null)
            throw new UsageException("--size: expected without --input, whose shape says it, got both.");
        if (Input is null && (Steps is null || Batch is null || Size is null))
            throw new UsageException("--input: expected it, or else --steps, --batch and --size.");
        if (Mask is not null && Lengths is not null)
            throw new UsageException("--mask and --lengths: expected one of them, got both.");
        foreach ((string option, string? path) in ((string, string?)[])
            [("--dx", InputGradient), ("--dweights", WeightGradients), ("--dstate-out", StateGradientOut)])
        {
            if (path is not null && !HasBackward)
                throw new UsageException($"{option}: expected with --gradient or --dstate-in, got it without.");
        }

        if (InputGradient is not null && Input is null)
            throw new UsageException("--dx: expected with --input, got it without.");
        foreach ((string option, int? steps) in ((string, int?)[])
            [("--checkpoint-every", CheckpointEvery), ("--truncate-every", TruncateEvery)])
        {
            if (steps is not null && !IsTraining)
                throw new UsageException($"{option}: expected with --gradient, --dstate-in or --dropout-seed, got it without.");
        }

        return this;
    }
}
