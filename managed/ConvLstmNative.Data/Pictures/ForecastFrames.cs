using System.Globalization;
using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>The frames of one forecast as images: input, truth where it is known, prediction.</summary>
internal sealed class ForecastFrames : IDisposable
{
    private const int MaximumMagnification = 16;

    private ForecastFrames(
        SKImage[] input, SKImage[] truth, SKImage[] predicted, ForecastPictureOptions options, FrameShape shape, int wantedSide)
    {
        Input = input;
        Truth = truth;
        Predicted = predicted;
        Options = options;
        Magnification = options.Magnification
            ?? Math.Clamp(wantedSide / Math.Max(shape.Height, shape.Width), 1, MaximumMagnification);
        if (Magnification < 1)
            throw new ArgumentException($"Magnification: expected 1 or more, got {Magnification}.", nameof(options));
        CellWidth = shape.Width * Magnification;
        CellHeight = shape.Height * Magnification;
    }

    public SKImage[] Input { get; }

    /// <summary>As many as <see cref="Predicted"/>, or none.</summary>
    public SKImage[] Truth { get; }

    public SKImage[] Predicted { get; }

    public ForecastPictureOptions Options { get; }

    public int Magnification { get; }

    public int CellWidth { get; }

    public int CellHeight { get; }

    /// <summary>Checks the arguments of a picture and draws its frames; <paramref name="wantedSide"/> is how many pixels one should take.</summary>
    public static ForecastFrames Create(
        ReadOnlySpan<float> sequence,
        ReadOnlySpan<float> predicted,
        FrameShape shape,
        int inputSteps,
        ForecastPictureOptions? options,
        int wantedSide)
    {
        FramePicture.Check(sequence.Length, shape, nameof(sequence));
        FramePicture.Check(predicted.Length, shape, nameof(predicted));
        int frame = shape.ElementCount;
        int steps = sequence.Length / frame, horizon = predicted.Length / frame;
        if (inputSteps < 1 || (steps != inputSteps && steps != inputSteps + (long)horizon))
        {
            throw new ArgumentException(
                $"sequence: expected {inputSteps} input frames, alone or with {horizon} true ones, got {steps}.", nameof(sequence));
        }
        options ??= new ForecastPictureOptions();
        return new ForecastFrames(
            ToImages(sequence[..(inputSteps * frame)], shape, options),
            ToImages(sequence[(inputSteps * frame)..], shape, options),
            ToImages(predicted, shape, options),
            options,
            shape,
            wantedSide);
    }

    /// <summary>The label of a time: 0 is the last input frame, negative before, positive after.</summary>
    public string TimeLabel(int step)
    {
        string sign = step > 0 ? "+" : "";
        if (Options.StepDuration is not { } duration)
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{step}");
        double minutes = step * duration.TotalMinutes;
        return Math.Abs(minutes) >= 1 || step == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{sign}{minutes:0.#} min")
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{minutes * 60:0.#} s");
    }

    public void Dispose()
    {
        foreach (SKImage image in Input.Concat(Truth).Concat(Predicted))
            image.Dispose();
    }

    private static SKImage[] ToImages(ReadOnlySpan<float> frames, FrameShape shape, ForecastPictureOptions options)
    {
        SKImage[] images = new SKImage[frames.Length / shape.ElementCount];
        for (int i = 0; i < images.Length; i++)
            images[i] = FramePicture.ToImage(frames.Slice(i * shape.ElementCount, shape.ElementCount), shape, options.Colors);
        return images;
    }
}
