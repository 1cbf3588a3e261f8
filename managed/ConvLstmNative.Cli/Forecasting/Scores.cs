using System.Text.Json.Serialization;
using ConvLstmNative.Data;

namespace ConvLstmNative.Cli;

/// <summary>The figures of a forecast as they stand in a JSON file; null where a figure is not defined or not finite.</summary>
internal sealed record Scores
{
    public int? LeadTime { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? Mse { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? Mae { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? Ssim { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? Psnr { get; init; }

    public double? Csi { get; init; }

    public double? Pod { get; init; }

    public double? Far { get; init; }

    /// <param name="metrics">The figures.</param>
    /// <param name="isRadar">Whether those of radar events belong to them.</param>
    public static Scores From(LeadTimeMetrics metrics, bool isRadar) => new()
    {
        LeadTime = metrics.LeadTime > 0 ? metrics.LeadTime : null,
        Mse = Finite(metrics.Mse),
        Mae = Finite(metrics.Mae),
        Ssim = Finite(metrics.Ssim),
        Psnr = Finite(metrics.Psnr),
        Csi = isRadar ? Finite(metrics.Csi) : null,
        Pod = isRadar ? Finite(metrics.Pod) : null,
        Far = isRadar ? Finite(metrics.Far) : null,
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
