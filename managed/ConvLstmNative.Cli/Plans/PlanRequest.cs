using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>What <c>convlstm info --plan</c> is asked.</summary>
internal sealed record PlanRequest
{
    private const int MinimumRank = 1, MaximumRank = 3, SizesBeforeSpatial = 3;

    /// <summary>A model file; null without <see cref="Spec"/> for the model that comes with the tool.</summary>
    public string? Model { get; init; }

    /// <summary>The description of a layer.</summary>
    public string? Spec { get; init; }

    /// <summary>N, T, C and the spatial sizes.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>Steps that a model predicts; null for as many as it was trained for.</summary>
    public int? Horizon { get; init; }

    /// <summary>Where layers would run.</summary>
    public required Device Device { get; init; }

    /// <summary>Which executor to force.</summary>
    public string? Executor { get; init; }

    /// <summary>How exactly to compute.</summary>
    public ComputePolicy Policy { get; init; }

    /// <summary>Threads; 0 for one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>Whether to go by the tuning file, and to add to it.</summary>
    public ExecutorTuning? Tuning { get; init; }

    /// <summary>The tuning file.</summary>
    public string? TuningFile { get; init; }

    /// <summary>Whether to write JSON.</summary>
    public bool IsJson { get; init; }

    /// <summary>Throws where options contradict each other.</summary>
    public PlanRequest Checked()
    {
        if (Model is not null && Spec is not null)
            throw new UsageException("--model and --spec: expected one of them, got both.");
        if (Tuning is ExecutorTuning.Use or ExecutorTuning.Measure != TuningFile is not null)
            throw new UsageException("--tuning and --tuning-file: expected use or measure together with a file.");
        if (Spec is not null && Horizon is not null)
            throw new UsageException("--horizon: expected with a model, got it with --spec.");
        if (Shape.Where((size, index) => size > int.MaxValue || (size < 1 && index != 2)).Any())
            throw UsageException.Expected("--shape", "sizes of at least 1 (channels: 0)", string.Join(',', Shape));
        return this;
    }

    /// <summary>The plans of what is asked, by name.</summary>
    public IReadOnlyList<LayerPlan> Explain(Context context)
    {
        if (Tuning is { } tuning)
            context.SetTuning(tuning, TuningFile);
        using ExecutorScope executor = new(Executor);
        return Spec is null ? OfModel(context) : [OfLayer(context, Spec)];
    }

    private IReadOnlyList<LayerPlan> OfModel(Context context)
    {
        using SequenceModel model = ModelFile.Load(context, Model);
        SequenceShape shape = ShapeOf(2);
        return model.Explain(shape, Horizon ?? ModelNotes.ReadTraining(model)?.Horizon ?? shape.Steps);
    }

    private LayerPlan OfLayer(Context context, string spec)
    {
        if (!File.Exists(spec))
            throw new ToolException($"--spec: expected a description as JSON, but '{spec}' is not there.");
        using RecurrentLayer layer = RecurrentLayer.Create(context, LayerDescription.Read(spec));
        return new LayerPlan(Path.GetFileNameWithoutExtension(spec), layer.Explain(ShapeOf(layer.Options.Rank)));
    }

    private SequenceShape ShapeOf(int rank)
    {
        int[] sizes = [.. Shape.Select(size => (int)size)];
        if (sizes.Length != rank + SizesBeforeSpatial)
        {
            string spatial = rank switch { MinimumRank => "W", MaximumRank => "D,H,W", _ => "H,W" };
            throw UsageException.Expected("--shape", Invariant($"{rank + SizesBeforeSpatial} sizes N,T,C,{spatial}"), string.Join(',', Shape));
        }

        return LayoutShape.With(new SequenceShape(sizes[0], sizes[1], sizes[2], 1, 1), sizes[SizesBeforeSpatial..]);
    }
}
