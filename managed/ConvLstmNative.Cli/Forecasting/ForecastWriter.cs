using System.Text.RegularExpressions;
using ConvLstmNative.Data;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>Writes a forecast as pictures, numbers and figures.</summary>
internal static partial class ForecastWriter
{
    public const string ContactSheetName = "contact-sheet.png";
    public const string AnimationName = "animation.webp";
    public const string PredictionName = "prediction.npy";
    public const string MetricsName = "metrics.json";

    /// <summary>Whether a file was left by an earlier forecast, whose frames may have been more.</summary>
    public static bool IsOwn(string fileName) =>
        fileName is ContactSheetName or AnimationName or PredictionName or MetricsName || FrameName().IsMatch(fileName);

    /// <summary>The contact sheet and the animation.</summary>
    public static void WriteOverview(string folder, Forecast forecast, Forecaster forecaster)
    {
        var options = new ForecastPictureOptions
        {
            Colors = Colors(forecaster),
            StepDuration = FrameTimes.Between(forecaster.Data),
        };
        ContactSheet.Write(
            Path.Combine(folder, ContactSheetName),
            forecast.Sequence, forecast.Predicted, forecast.Shape, forecast.InputSteps, options);
        Animation.Write(
            Path.Combine(folder, AnimationName),
            forecast.Sequence, forecast.Predicted, forecast.Shape, forecast.InputSteps, options);
    }

    /// <summary>Every frame as a picture of its own, and the prediction as a NumPy file.</summary>
    public static void WriteFrames(string folder, Forecast forecast, Forecaster forecaster)
    {
        FrameColors colors = Colors(forecaster);
        WritePictures(folder, "input", forecast.Input, forecast.Shape, colors);
        WritePictures(folder, "truth", forecast.Truth, forecast.Shape, colors);
        WritePictures(folder, "prediction", forecast.Predicted, forecast.Shape, colors);
        FrameShape shape = forecast.Shape;
        NpyFile.Write(Path.Combine(folder, PredictionName), forecast.Predicted,
            [forecast.Predicted.Length / shape.ElementCount, shape.Channels, shape.Height, shape.Width]);
    }

    private static void WritePictures(string folder, string stem, ReadOnlySpan<float> frames, FrameShape shape, FrameColors colors)
    {
        for (int i = 0; i * shape.ElementCount < frames.Length; i++)
        {
            string name = Invariant($"{stem}-{i + 1:00}.png");
            FramePicture.Write(Path.Combine(folder, name), frames.Slice(i * shape.ElementCount, shape.ElementCount), shape, colors);
        }
    }

    private static FrameColors Colors(Forecaster forecaster) =>
        forecaster.IsRadar ? FrameColors.Reflectivity : FrameColors.Gray;

    [GeneratedRegex(@"^(input|truth|prediction)-\d+\.png$")]
    private static partial Regex FrameName();
}
