using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>One forecast on one picture: rows of input, truth, prediction, and the last frame repeated.</summary>
public static class ContactSheet
{
    private const int HeadHeight = 22;
    private const int RowGap = 8;
    private const int WantedSide = 128;

    /// <summary>Writes the sheet as a PNG file.</summary>
    /// <param name="path">Where to write; a temporary name is used first, then renamed.</param>
    /// <param name="sequence">(T, C, H, W): the input frames, then the true ones; the input alone where the truth is not known.</param>
    /// <param name="predicted">(horizon, C, H, W).</param>
    /// <param name="shape">The size of a frame, one or three channels.</param>
    /// <param name="inputSteps">Input frames in <paramref name="sequence"/>.</param>
    /// <param name="options">Colours, size, labels; null for the defaults.</param>
    public static void Write(
        string path,
        ReadOnlySpan<float> sequence,
        ReadOnlySpan<float> predicted,
        FrameShape shape,
        int inputSteps,
        ForecastPictureOptions? options = null)
    {
        using ForecastFrames frames = ForecastFrames.Create(sequence, predicted, shape, inputSteps, options, WantedSide);
        List<(string Label, SKImage[] Images)> rows = [];
        if (frames.Truth.Length > 0)
            rows.Add(("Truth", frames.Truth));
        rows.Add(("Prediction", frames.Predicted));
        if (frames.Options.ShowPersistence)
            rows.Add(("Last frame", [.. Enumerable.Repeat(frames.Input[^1], frames.Predicted.Length)]));
        int labelWidth = PixelFont.Measure("Prediction", PictureStyle.TextScale) + PictureStyle.Margin;
        int columns = Math.Max(frames.Input.Length, frames.Predicted.Length);
        int left = PictureStyle.Margin + labelWidth;
        bool legend = frames.Options.Colors == FrameColors.Reflectivity && shape.Channels == 1;
        long width = left + (long)columns * (frames.CellWidth + PictureStyle.Gap) - PictureStyle.Gap + PictureStyle.Margin;
        long height = PictureStyle.Margin + HeadHeight + frames.CellHeight + PictureStyle.Margin + HeadHeight
            + (long)rows.Count * (frames.CellHeight + RowGap) - RowGap
            + PictureStyle.Margin + (legend ? PictureStyle.LegendHeight + PictureStyle.Margin : 0);
        using SKSurface surface = FramePicture.CreateSurface(legend ? Math.Max(width, 520) : width, height);
        SKCanvas canvas = surface.Canvas;
        canvas.Clear(PictureStyle.Background);
        int top = PictureStyle.Margin;
        DrawHeads(canvas, frames, left, top, 1 - frames.Input.Length, frames.Input.Length, PictureStyle.InputAccent);
        top += HeadHeight;
        DrawRow(canvas, frames, "Input", frames.Input, left, top);
        top += frames.CellHeight + PictureStyle.Margin;
        DrawHeads(canvas, frames, left, top, 1, frames.Predicted.Length, PictureStyle.ForecastAccent);
        top += HeadHeight;
        foreach ((string label, SKImage[] images) in rows)
        {
            DrawRow(canvas, frames, label, images, left, top);
            top += frames.CellHeight + RowGap;
        }
        if (legend)
            PictureStyle.DrawRadarLegend(canvas, (int)Math.Max(width, 520) - PictureStyle.Margin, top - RowGap + PictureStyle.Margin);
        using SKImage picture = surface.Snapshot();
        PngFile.Write(path, picture);
    }

    private static void DrawHeads(SKCanvas canvas, ForecastFrames frames, int left, int top, int firstStep, int count, SKColor color)
    {
        for (int i = 0; i < count; i++)
        {
            int x = left + i * (frames.CellWidth + PictureStyle.Gap);
            PictureStyle.DrawCentred(canvas, frames.TimeLabel(firstStep + i), x, frames.CellWidth, top, color);
        }
    }

    private static void DrawRow(SKCanvas canvas, ForecastFrames frames, string label, SKImage[] images, int left, int top)
    {
        int middle = top + (frames.CellHeight - PixelFont.Height(PictureStyle.TextScale)) / 2;
        PixelFont.Draw(canvas, label, PictureStyle.Margin, middle, PictureStyle.TextScale, PictureStyle.Text);
        for (int i = 0; i < images.Length; i++)
            PictureStyle.DrawFramed(canvas, images[i], left + i * (frames.CellWidth + PictureStyle.Gap), top, frames.Magnification);
    }
}
