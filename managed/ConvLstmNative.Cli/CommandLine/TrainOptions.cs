using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary>The options of <c>convlstm train</c> that decide the numbers of a run.</summary>
internal sealed class TrainOptions
{
    private readonly Option<IReadOnlyList<int>?> _hidden = OptionFactory.Integers("--hidden", "N,N",
        "Hidden channels of each layer (default 64,64).");

    private readonly Option<int?> _kernel = OptionFactory.Integer("--kernel",
        "Kernel size of both convolutions of a layer (default 3).", 1, 31);

    private readonly Option<int?> _inputKernel = OptionFactory.Integer("--input-kernel",
        "Kernel size of the input convolution, where it differs.", 1, 31);

    private readonly Option<int?> _recurrentKernel = OptionFactory.Integer("--recurrent-kernel",
        "Kernel size of the recurrent convolution, where it differs.", 1, 31);

    private readonly Option<int?> _patch = OptionFactory.Integer("--patch",
        "Side of the squares of pixels that become channels (default 4).", 1, 64);

    private readonly Option<Peephole?> _peephole = OptionFactory.Choice("--peephole",
        "Peephole weights of the gates (default none).", Words.Peepholes);

    private readonly Option<Loss?> _loss = OptionFactory.Choice("--loss",
        "Mean squared error or binary cross-entropy (default mse).", Words.Losses);

    private readonly Option<bool> _residual = new("--residual")
    {
        Description = "Predict the difference from the last input frame; with mse only.",
    };

    private readonly Option<int?> _inputSteps = OptionFactory.Integer("--input-steps",
        "Frames that the model sees (default 10).", 1, 10_000);

    private readonly Option<int?> _horizon = OptionFactory.Integer("--horizon",
        "Frames that it predicts (default 10).", 1, 10_000);

    private readonly Option<int?> _batch = OptionFactory.Integer("--batch",
        "Sequences of a step (default 8).", 1, 65_536);

    private readonly Option<long?> _steps = OptionFactory.LongInteger("--steps",
        "Length of the run in steps (default 2000).", 1);

    private readonly Option<double?> _minutes = OptionFactory.Positive("--minutes", "M",
        "Length of the run in minutes, instead of --steps; such a run is not reproducible to the bit.", 1_000_000);

    private readonly Option<double?> _learningRate = OptionFactory.Positive("--learning-rate", "R",
        "Peak of the learning rate, which falls along a cosine after the warm-up (default 0.001).", 10);

    private readonly Option<long?> _warmUp = OptionFactory.LongInteger("--warm-up",
        "Steps over which the learning rate rises, a tenth of the run at most (default 100).", 0);

    private readonly Option<double?> _maxNorm = OptionFactory.Number("--max-norm", "R",
        "Largest norm of the gradient; 0 does not limit it (default 1).", 0, 1e6);

    private readonly Option<double?> _emphasis = OptionFactory.Number("--emphasis", "K",
        "Let the error of a pixel of value v count 1 + K v, so that rare bright pixels, such as rain, are not lost in the mean (default 0).", 0, 1e6);

    private readonly Option<bool?> _augment = OptionFactory.Choice("--augment",
        "Mirror and turn sequences at random, so that the model learns motion in every direction (default on for radar, else off).", Words.Switch);

    private readonly Option<ulong?> _seed = OptionFactory.Seed("--seed",
        "Seed of the parameters and of the order of the data (default 0).");

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])
            [
                _hidden, _kernel, _inputKernel, _recurrentKernel, _patch, _peephole, _loss, _residual, _inputSteps,
                _horizon, _batch, _steps, _minutes, _learningRate, _warmUp, _maxNorm, _emphasis, _augment, _seed,
            ])
        {
            command.Add(option);
        }
    }

    /// <summary>What was given, over <paramref name="baseline"/>: the defaults, or the settings of the run that goes on.</summary>
    public TrainingSettings Read(ParseResult result, TrainingSettings baseline)
    {
        int? kernel = result.GetValue(_kernel);
        long? steps = result.GetValue(_steps);
        double? minutes = result.GetValue(_minutes);
        if (steps is not null && minutes is not null)
            throw new UsageException("--steps and --minutes: expected one of them, got both.");
        bool lengthGiven = steps is not null || minutes is not null;

        TrainingSettings settings = baseline with
        {
            Hidden = result.GetValue(_hidden) ?? baseline.Hidden,
            InputKernel = result.GetValue(_inputKernel) ?? kernel ?? baseline.InputKernel,
            RecurrentKernel = result.GetValue(_recurrentKernel) ?? kernel ?? baseline.RecurrentKernel,
            Patch = result.GetValue(_patch) ?? baseline.Patch,
            Peephole = result.GetValue(_peephole) ?? baseline.Peephole,
            Loss = result.GetValue(_loss) ?? baseline.Loss,
            Residual = result.GetValue(_residual) || baseline.Residual,
            InputSteps = result.GetValue(_inputSteps) ?? baseline.InputSteps,
            Horizon = result.GetValue(_horizon) ?? baseline.Horizon,
            Batch = result.GetValue(_batch) ?? baseline.Batch,
            Steps = lengthGiven ? steps : baseline.Steps,
            Minutes = lengthGiven ? minutes : baseline.Minutes,
            LearningRate = result.GetValue(_learningRate) ?? baseline.LearningRate,
            WarmUp = result.GetValue(_warmUp) ?? baseline.WarmUp,
            MaxNorm = result.GetValue(_maxNorm) ?? baseline.MaxNorm,
            Emphasis = result.GetValue(_emphasis) ?? baseline.Emphasis,
            Augment = result.GetValue(_augment) ?? baseline.Augment,
            Seed = result.GetValue(_seed) ?? baseline.Seed,
        };

        if (settings is { Residual: true, Loss: Loss.BinaryCrossEntropy })
            throw new UsageException("--residual: expected --loss mse with it, got bce.");
        CheckOdd("--input-kernel", settings.InputKernel);
        CheckOdd("--recurrent-kernel", settings.RecurrentKernel);
        return settings;
    }

    private void CheckOdd(string option, int size)
    {
        if (size % 2 == 0)
            throw UsageException.Expected(option + " or " + _kernel.Name, "an odd kernel size", size);
    }
}
