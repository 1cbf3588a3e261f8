using System.Text.Json.Serialization;

namespace ConvLstmNative.Data;

/// <summary>The figures of one lead time, or their average.</summary>
/// <param name="LeadTime">Frames after the last input frame, from 1 on; 0 in the average over lead times.</param>
/// <param name="Mse">Squared error summed over C, H, W, mean over sequences.</param>
/// <param name="Mae">Absolute error summed over C, H, W, mean over sequences.</param>
/// <param name="Ssim">Structural similarity; NaN for frames under 7 pixels a side.</param>
/// <param name="Psnr">Peak signal-to-noise ratio in dB; infinite where some frame is hit exactly.</param>
/// <param name="Csi">Critical success index, hits ÷ (hits + misses + false alarms); NaN where nothing was there or predicted.</param>
/// <param name="Pod">Probability of detection, hits ÷ (hits + misses); NaN where nothing was there.</param>
/// <param name="Far">False alarm ratio, false alarms ÷ (hits + false alarms); NaN where nothing was predicted.</param>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record LeadTimeMetrics(
    int LeadTime, double Mse, double Mae, double Ssim, double Psnr, double Csi, double Pod, double Far);
