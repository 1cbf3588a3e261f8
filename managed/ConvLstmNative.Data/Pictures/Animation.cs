using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>One forecast as a moving picture: the input plays first, then truth and prediction side by side.</summary>
public static class Animation
{
    private const int HeadHeight = 26;
    private const int BarHeight = 6;
    private const int PanelGap = 14;
    private const int LastFrameHold = 5;
    private const int WantedSide = 320;

    /// <summary>Writes a looping animated WebP file without loss.</summary>
    /// <param name="path">Where to write; a temporary name is used first, then renamed.</param>
    /// <param name="sequence">(T, C, H, W): the input frames, then the true ones; the input alone where the truth is not known.</param>
    /// <param name="predicted">(horizon, C, H, W).</param>
    /// <param name="shape">The size of a frame, one or three channels.</param>
    /// <param name="inputSteps">Input frames in <paramref name="sequence"/>.</param>
    /// <param name="options">Colours, size, labels, duration; null for the defaults.</param>
    public static void Write(
        string path,
        ReadOnlySpan<float> sequence,
        ReadOnlySpan<float> predicted,
        FrameShape shape,
        int inputSteps,
        ForecastPictureOptions? options = null)
    {
        using ForecastFrames frames = ForecastFrames.Create(sequence, predicted, shape, inputSteps, options, WantedSide);
        if (frames.Options.FrameDuration < TimeSpan.FromMilliseconds(1))
        {
            throw new ArgumentException(
                $"FrameDuration: expected 1 ms or more, got {frames.Options.FrameDuration}.", nameof(options));
        }
        List<SKImage> pictures = [];
        try
        {
            for (int step = 0; step < frames.Input.Length + frames.Predicted.Length; step++)
                pictures.Add(DrawStep(frames, step));
            TimeSpan duration = frames.Options.FrameDuration;
            SKWebpEncoderFrame[] encoded = [.. pictures.Select(
                (picture, i) => new SKWebpEncoderFrame(picture, i == pictures.Count - 1 ? LastFrameHold * duration : duration))];
            // Without loss, "quality" is the effort that goes into a small file.
            using SKData data = SKWebpEncoder.EncodeAnimated(encoded, new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 60))
                ?? throw new IOException($"{path}: the animation of {pictures.Count} pictures could not be encoded as WebP.");
            AtomicFile.Write(path, data.SaveTo);
        }
        finally
        {
            pictures.ForEach(picture => picture.Dispose());
        }
    }

    private static SKImage DrawStep(ForecastFrames frames, int step)
    {
        bool forecast = step >= frames.Input.Length;
        int lead = step - frames.Input.Length;
        List<(string Label, SKImage Image)> panels = [];
        if (frames.Truth.Length > 0)
            panels.Add(forecast ? ("Truth", frames.Truth[lead]) : ("Input", frames.Input[step]));
        panels.Add(forecast ? ("Prediction", frames.Predicted[lead]) : ("Input", frames.Input[step]));
        int panelWidth = Math.Max(frames.CellWidth, PixelFont.Measure("Prediction", PictureStyle.TextScale));
        int width = 2 * PictureStyle.Margin + panels.Count * (panelWidth + PanelGap) - PanelGap;
        int height = 3 * PictureStyle.Margin + 2 * HeadHeight + frames.CellHeight + BarHeight;
        using SKSurface surface = FramePicture.CreateSurface(width, height);
        surface.Canvas.Clear(PictureStyle.Background);
        SKColor accent = forecast ? PictureStyle.ForecastAccent : PictureStyle.InputAccent;
        int imageTop = PictureStyle.Margin + HeadHeight;
        for (int i = 0; i < panels.Count; i++)
        {
            int left = PictureStyle.Margin + i * (panelWidth + PanelGap);
            PictureStyle.DrawCentred(surface.Canvas, panels[i].Label, left, panelWidth, PictureStyle.Margin, PictureStyle.Text);
            PictureStyle.DrawFramed(
                surface.Canvas, panels[i].Image, left + (panelWidth - frames.CellWidth) / 2, imageTop, frames.Magnification);
        }
        int barTop = imageTop + frames.CellHeight + PictureStyle.Margin;
        DrawTimeline(surface.Canvas, frames, step, width - 2 * PictureStyle.Margin, barTop);
        string time = frames.TimeLabel(lead + 1);
        PictureStyle.DrawCentred(
            surface.Canvas, time, PictureStyle.Margin, width - 2 * PictureStyle.Margin, barTop + BarHeight + 10, accent);
        return surface.Snapshot();
    }

    /// <summary>One cell a frame, in the colour of input or forecast, dim for what is still to come.</summary>
    private static void DrawTimeline(SKCanvas canvas, ForecastFrames frames, int step, int width, int top)
    {
        int count = frames.Input.Length + frames.Predicted.Length;
        using SKPaint paint = new() { IsAntialias = false };
        for (int i = 0; i < count; i++)
        {
            SKColor color = i < frames.Input.Length ? PictureStyle.InputAccent : PictureStyle.ForecastAccent;
            paint.Color = i <= step ? color : PictureStyle.Line;
            int from = i * width / count, to = (i + 1) * width / count;
            canvas.DrawRect(PictureStyle.Margin + from, top, Math.Max(to - from - 2, 1), BarHeight, paint);
        }
    }
}
