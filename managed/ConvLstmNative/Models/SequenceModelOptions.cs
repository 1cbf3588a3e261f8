namespace ConvLstmNative;

/// <summary>Description of a <see cref="SequenceModel"/>.</summary>
public sealed record SequenceModelOptions
{
    private const int MaxKernelSize = 63;

    /// <summary>Channels of a frame, at least 1.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Frames are cut into patches of this size, whose pixels become channels; at least 1, which cuts nothing.</summary>
    public int PatchSize { get; init; } = 1;

    /// <summary>Layers of the encoder, and of the forecaster, from the frames upwards; at least one.</summary>
    public required IReadOnlyList<RecurrentLayerOptions> Layers { get; init; }

    /// <summary>Size of the square kernel of the convolution that makes frames of hidden states, 1 to 63.</summary>
    public int HeadKernelSize { get; init; } = 1;

    /// <summary>What training minimises. With <see cref="Loss.BinaryCrossEntropy"/> the output passes a sigmoid.</summary>
    public Loss Loss { get; init; }

    /// <summary>Whether the output is added to the last input frame; only with <see cref="Loss.MeanSquaredError"/>.</summary>
    public bool Residual { get; init; }

    /// <summary>Channels of a frame cut into patches.</summary>
    internal int PatchedChannels => checked(Channels * PatchSize * PatchSize);

    /// <summary>Throws where the description contradicts itself.</summary>
    /// <param name="argument">Name of the caller's argument that the description came in.</param>
    internal void Validate(string argument = "options")
    {
        AtLeastOne(Channels, nameof(Channels), argument);
        AtLeastOne(PatchSize, nameof(PatchSize), argument);
        if ((UInt128)Channels * (UInt128)PatchSize * (UInt128)PatchSize > int.MaxValue)
            throw new SizeOverflowException($"options: expected Channels·PatchSize² of at most {int.MaxValue}, got {Channels}·{PatchSize}²");
        Kernel(HeadKernelSize, nameof(HeadKernelSize), argument);
        Defined(Loss, nameof(Loss), argument);
        if (Layers is null || Layers.Count == 0)
            throw new ArgumentException($"{nameof(Layers)}: expected at least one layer, got {(Layers is null ? "null" : "none")}", argument);
        if (Residual && Loss != Loss.MeanSquaredError)
            throw new ArgumentException($"{nameof(Residual)}: expected only with {Loss.MeanSquaredError}, got {Loss}", argument);
        for (int index = 0; index < Layers.Count; index++)
            Validate(Layers[index], $"{nameof(Layers)}[{index}]", argument);
    }

    private static void Validate(RecurrentLayerOptions? layer, string name, string argument)
    {
        if (layer is null)
            throw new ArgumentException($"{name}: expected a layer, got null", argument);
        AtLeastOne(layer.HiddenChannels, $"{name}.{nameof(layer.HiddenChannels)}", argument);
        Kernel(layer.InputKernelSize, $"{name}.{nameof(layer.InputKernelSize)}", argument);
        Kernel(layer.RecurrentKernelSize, $"{name}.{nameof(layer.RecurrentKernelSize)}", argument);
        Kernel(layer.RecurrentDilation, $"{name}.{nameof(layer.RecurrentDilation)}", argument);
        Defined(layer.Cell, $"{name}.{nameof(layer.Cell)}", argument);
        Defined(layer.Peephole, $"{name}.{nameof(layer.Peephole)}", argument);
        Defined(layer.GateActivation, $"{name}.{nameof(layer.GateActivation)}", argument);
        Defined(layer.CellActivation, $"{name}.{nameof(layer.CellActivation)}", argument);
        Defined(layer.Normalization, $"{name}.{nameof(layer.Normalization)}", argument);
        Defined(layer.Storage, $"{name}.{nameof(layer.Storage)}", argument);
        AtLeastOne(layer.NormalizationGroupChannels, $"{name}.{nameof(layer.NormalizationGroupChannels)}", argument);
        if (!float.IsFinite(layer.ForgetBias))
            throw new ArgumentException($"{name}.{nameof(layer.ForgetBias)}: expected a finite number, got {layer.ForgetBias}", argument);
        if (layer.RecurrentBias && !layer.Bias)
            throw Contradiction(nameof(layer.RecurrentBias), "false where Bias is false", layer.RecurrentBias);

        // A model runs on any size.
        if (layer.Peephole == Peephole.PerPixel)
            throw Contradiction(nameof(layer.Peephole), "none or per channel", layer.Peephole);
        if (layer.Normalization == Normalization.Layer)
            throw Contradiction(nameof(layer.Normalization), "none or by groups", layer.Normalization);
        bool isLstm = layer.Cell == RecurrentCell.ConvLstm;
        if (!isLstm && layer.Peephole != Peephole.None)
            throw Contradiction(nameof(layer.Peephole), $"none for a {layer.Cell}", layer.Peephole);
        if (!isLstm && layer.CellClip != 0)
            throw Contradiction(nameof(layer.CellClip), $"0 for a {layer.Cell}", layer.CellClip);
        if (isLstm && layer.ResetAfter)
            throw Contradiction(nameof(layer.ResetAfter), $"false for a {layer.Cell}", layer.ResetAfter);

        ArgumentException Contradiction(string property, string expected, object actual) =>
            new($"{name}.{property}: expected {expected}, got {actual}", argument);
    }

    private static void AtLeastOne(int value, string name, string argument)
    {
        if (value < 1)
            throw new ArgumentOutOfRangeException(argument, $"{name}: expected at least 1, got {value}");
    }

    private static void Kernel(int value, string name, string argument)
    {
        if (value is < 1 or > MaxKernelSize)
            throw new ArgumentOutOfRangeException(argument, $"{name}: expected 1 to {MaxKernelSize}, got {value}");
    }

    private static void Defined<T>(T value, string name, string argument)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw new ArgumentOutOfRangeException(argument, $"{name}: expected one of {string.Join(", ", Enum.GetNames<T>())}, got {value}");
    }
}
