namespace ConvLstmNative.Cli;

/// <summary>Everything that decides the numbers of a training run, apart from the number of threads.</summary>
internal sealed record TrainingSettings
{
    /// <summary>Hidden channels of each layer, first layer first.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [64, 64];

    public int InputKernel { get; init; } = 3;

    public int RecurrentKernel { get; init; } = 3;

    public int Patch { get; init; } = 4;

    public Peephole Peephole { get; init; } = Peephole.None;

    public Loss Loss { get; init; } = Loss.MeanSquaredError;

    /// <summary>Whether the model predicts the difference from the last input frame.</summary>
    public bool Residual { get; init; }

    /// <summary>Frames that the model sees.</summary>
    public int InputSteps { get; init; } = 10;

    /// <summary>Frames that it predicts.</summary>
    public int Horizon { get; init; } = 10;

    public int Batch { get; init; } = 8;

    /// <summary>Steps of the run; null where <see cref="Minutes"/> decides.</summary>
    public long? Steps { get; init; }

    /// <summary>Time of the run; null where <see cref="Steps"/> decides.</summary>
    public double? Minutes { get; init; }

    /// <summary>Peak of the schedule.</summary>
    public double LearningRate { get; init; } = 1e-3;

    public long WarmUp { get; init; } = 100;

    /// <summary>Largest norm of the whole gradient; 0 leaves it alone.</summary>
    public double MaxNorm { get; init; } = 1;

    /// <summary>The error of a pixel of value v counts 1 + this · v, after the balanced losses of Shi et al. 2017.</summary>
    public double Emphasis { get; init; }

    /// <summary>Whether sequences are mirrored and turned at random; null only before the data is known.</summary>
    public bool? Augment { get; init; }

    /// <summary>Seed of the parameters and of the order of the data.</summary>
    public ulong Seed { get; init; }

    /// <summary>The data, resolved; null only before that.</summary>
    public DataSettings? Data { get; init; }

    /// <summary>The configuration of the model for frames with so many channels.</summary>
    public SequenceModelOptions ToModelOptions(int channels) => new()
    {
        Channels = channels,
        PatchSize = Patch,
        Loss = Loss,
        Residual = Residual,
        Layers =
        [
            .. Hidden.Select(count => new RecurrentLayerOptions
            {
                HiddenChannels = count,
                InputKernelSize = InputKernel,
                RecurrentKernelSize = RecurrentKernel,
                Peephole = Peephole,
            }),
        ],
    };
}
