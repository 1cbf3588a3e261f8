using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The words that options take, and that notes and messages use, for the values of enumerations.</summary>
internal static class Words
{
    public static IReadOnlyDictionary<string, DataKind> DataKinds { get; } = new Dictionary<string, DataKind>
    {
        ["moving-shapes"] = DataKind.MovingShapes,
        ["moving-mnist"] = DataKind.MovingMnist,
        ["frames"] = DataKind.Frames,
        ["npy"] = DataKind.Npy,
    };

    public static IReadOnlyDictionary<string, ValueScale> ValueScales { get; } = new Dictionary<string, ValueScale>
    {
        ["unit"] = ValueScale.UnitInterval,
        ["radar"] = ValueScale.RadarReflectivity,
    };

    public static IReadOnlyDictionary<string, MovingShapesKind> Shapes { get; } = new Dictionary<string, MovingShapesKind>
    {
        ["shapes"] = MovingShapesKind.Shapes,
        ["digits"] = MovingShapesKind.Digits,
        ["mixed"] = MovingShapesKind.Mixed,
    };

    public static IReadOnlyDictionary<string, NpySequenceLayout> Layouts { get; } = new Dictionary<string, NpySequenceLayout>
    {
        ["tnhw"] = NpySequenceLayout.StepsFirst,
        ["nthw"] = NpySequenceLayout.SequencesFirst,
    };

    public static IReadOnlyDictionary<string, Peephole> Peepholes { get; } = new Dictionary<string, Peephole>
    {
        ["none"] = Peephole.None,
        ["channel"] = Peephole.PerChannel,
    };

    public static IReadOnlyDictionary<string, Loss> Losses { get; } = new Dictionary<string, Loss>
    {
        ["mse"] = Loss.MeanSquaredError,
        ["bce"] = Loss.BinaryCrossEntropy,
    };

    public static IReadOnlyDictionary<string, ComputePolicy> Policies { get; } = new Dictionary<string, ComputePolicy>
    {
        ["fast"] = ComputePolicy.Fast,
        ["exact"] = ComputePolicy.Exact,
    };

    public static IReadOnlyDictionary<string, bool> Switch { get; } = new Dictionary<string, bool>
    {
        ["on"] = true,
        ["off"] = false,
    };

    /// <summary>The word of a value.</summary>
    public static string Of(DataKind value) => Find(DataKinds, value);

    /// <inheritdoc cref="Of(DataKind)"/>
    public static string Of(ValueScale value) => Find(ValueScales, value);

    /// <inheritdoc cref="Of(DataKind)"/>
    public static string Of(MovingShapesKind value) => Find(Shapes, value);

    /// <inheritdoc cref="Of(DataKind)"/>
    public static string Of(NpySequenceLayout value) => Find(Layouts, value);

    /// <inheritdoc cref="Of(DataKind)"/>
    public static string Of(Peephole value) => Find(Peepholes, value);

    /// <inheritdoc cref="Of(DataKind)"/>
    public static string Of(Loss value) => Find(Losses, value);

    /// <inheritdoc cref="Of(DataKind)"/>
    public static string Of(ComputePolicy value) => Find(Policies, value);

    private static string Find<T>(IReadOnlyDictionary<string, T> words, T value)
        where T : struct => words.First(pair => pair.Value.Equals(value)).Key;
}
