using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary>The options of <c>convlstm info --plan</c>.</summary>
internal sealed class PlanOptions
{
    private readonly Option<bool> _plan = new("--plan")
    {
        Description = "Instead: explain how each layer of the model, or of --spec, runs a shape and why.",
    };

    private readonly Option<string?> _spec = OptionFactory.Path("--spec", "FILE",
        "With --plan: the description of a layer, as JSON, instead of a model.");

    private readonly Option<IReadOnlyList<long>?> _shape = OptionFactory.Counts("--shape", "N,T,C,H,W",
        "With --plan: sequences, steps, channels and sizes (rank 1: W alone; rank 3: D,H,W).");

    private readonly Option<int?> _horizon = OptionFactory.Integer("--horizon",
        "With --plan: frames that the model predicts (default: as in its training, else T).", 1, 1 << 24);

    private readonly Option<ComputePolicy?> _policy = OptionFactory.Choice("--policy",
        "With --plan: how exactly to compute (default fast).", Words.Policies);

    private readonly Option<string?> _executor = OptionFactory.Name("--executor", "NAME",
        "With --plan: force an implementation, such as direct_fused.");

    private readonly Option<ExecutorTuning?> _tuning = OptionFactory.Choice("--tuning",
        "With --plan: go by --tuning-file, and measure what it does not have (default: as CLN_TUNING says).", Words.Tunings);

    private readonly Option<string?> _tuningFile = OptionFactory.Path("--tuning-file", "FILE",
        "With --tuning: which executors and tilings are the fastest.");

    private readonly Option<bool> _json = new("--json") { Description = "With --plan: write JSON." };

    private readonly DeviceOptions _device = new("With --plan: where layers would run (default cpu).",
        "With --plan, on a GPU: what products would be computed in (default fp32).");

    private Option[] OfPlan => [_spec, _shape, _horizon, .. _device.All, _policy, _executor, _tuning, _tuningFile, _json];

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_plan, .. OfPlan])
            command.Add(option);
    }

    /// <summary>What is asked; null where no plan is.</summary>
    public PlanRequest? Read(ParseResult result, string? model, int threads)
    {
        if (!result.GetValue(_plan))
        {
            foreach (Option option in OfPlan)
            {
                if (result.GetResult(option) is { Implicit: false })
                    throw new UsageException($"{option.Name}: expected with --plan, got it without.");
            }

            return null;
        }

        return new PlanRequest
        {
            Model = model,
            Spec = result.GetValue(_spec),
            Shape = result.GetValue(_shape) ?? throw new UsageException("--shape: expected with --plan, such as 1,10,1,64,64."),
            Horizon = result.GetValue(_horizon),
            Device = _device.Read(result),
            Executor = result.GetValue(_executor),
            Policy = result.GetValue(_policy) ?? ComputePolicy.Fast,
            Threads = threads,
            Tuning = result.GetValue(_tuning),
            TuningFile = result.GetValue(_tuningFile),
            IsJson = result.GetValue(_json),
        }.Checked();
    }
}
