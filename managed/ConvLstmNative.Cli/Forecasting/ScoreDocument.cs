using System.Text.Json;
using System.Text.Json.Serialization;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The content of metrics.json.</summary>
internal sealed record ScoreDocument
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? Mse { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? Mae { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? Ssim { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? Psnr { get; init; }

    public double? Csi { get; init; }

    public double? Pod { get; init; }

    public double? Far { get; init; }

    /// <summary>The same figures for the last input frame, repeated.</summary>
    public required Scores Persistence { get; init; }

    /// <summary>The conventions of the figures.</summary>
    public required string Profile { get; init; }

    public required long Sequences { get; init; }

    public required int InputSteps { get; init; }

    public required int Horizon { get; init; }

    /// <summary>Reflectivity of an event for csi, pod and far, in dBZ; radar only.</summary>
    public double? EventThresholdDbz { get; init; }

    public required DataSettings Data { get; init; }

    public required IReadOnlyList<Scores> LeadTimes { get; init; }

    public required IReadOnlyList<Scores> PersistenceLeadTimes { get; init; }

    public static ScoreDocument From(Evaluation evaluation, Forecaster forecaster)
    {
        bool radar = evaluation.IsRadar;
        Scores model = Scores.From(evaluation.Model.Average, radar);
        return new ScoreDocument
        {
            Mse = model.Mse,
            Mae = model.Mae,
            Ssim = model.Ssim,
            Psnr = model.Psnr,
            Csi = model.Csi,
            Pod = model.Pod,
            Far = model.Far,
            Persistence = Scores.From(evaluation.Persistence.Average, radar),
            Profile = evaluation.Model.Profile,
            Sequences = evaluation.Model.SequenceCount,
            InputSteps = forecaster.InputSteps,
            Horizon = forecaster.Horizon,
            EventThresholdDbz = radar ? ValueScale.RadarReflectivity.FromUnit(evaluation.Model.EventThreshold) : null,
            Data = forecaster.Data with { Input = null },
            LeadTimes = [.. evaluation.Model.LeadTimes.Select(row => Scores.From(row, radar))],
            PersistenceLeadTimes = [.. evaluation.Persistence.LeadTimes.Select(row => Scores.From(row, radar))],
        };
    }

    /// <summary>Writes the document under a temporary name, then renames it.</summary>
    public void Write(string path) => AtomicFile.Write(path, stream =>
    {
        JsonSerializer.Serialize(stream, this, ToolJson.Indented);
        stream.Write("\n"u8);
    });
}
