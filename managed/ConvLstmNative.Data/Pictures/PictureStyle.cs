using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>Colours and measures that all pictures share.</summary>
internal static class PictureStyle
{
    public const int Margin = 20;
    public const int Gap = 4;
    public const int TextScale = 2;
    public const int LegendHeight = 34;

    public static readonly SKColor Background = new(0x1b, 0x20, 0x27);
    public static readonly SKColor Line = new(0x3a, 0x43, 0x4e);
    public static readonly SKColor Text = new(0xe4, 0xe9, 0xee);
    public static readonly SKColor FaintText = new(0x8b, 0x97, 0xa3);
    public static readonly SKColor InputAccent = new(0x5b, 0xa7, 0xe0);
    public static readonly SKColor ForecastAccent = new(0xf0, 0xa8, 0x45);

    /// <summary>A frame with a thin line around it.</summary>
    public static void DrawFramed(SKCanvas canvas, SKImage image, int left, int top, int magnification)
    {
        using SKPaint paint = new() { Color = Line, IsAntialias = false };
        canvas.DrawRect(left - 1, top - 1, image.Width * magnification + 2, image.Height * magnification + 2, paint);
        FramePicture.Draw(canvas, image, left, top, magnification);
    }

    /// <summary>A text centred on a column.</summary>
    public static void DrawCentred(SKCanvas canvas, string text, int left, int width, int top, SKColor color)
    {
        int scale = PixelFont.Measure(text, TextScale) <= width ? TextScale : 1;
        int indent = (width - PixelFont.Measure(text, scale)) / 2;
        PixelFont.Draw(canvas, text, left + indent, top + PixelFont.Height(TextScale) - PixelFont.Height(scale), scale, color);
    }

    /// <summary>The reflectivity scale: a bar of colours with a number under every ten dBZ.</summary>
    public static void DrawRadarLegend(SKCanvas canvas, int right, int top)
    {
        const int PixelsPerTen = 52;
        const int BarHeight = 10;
        int width = (int)ValueScaleExtensions.MaximumReflectivity / 10 * PixelsPerTen;
        string unit = "dBZ";
        int left = right - width - PixelFont.Measure(unit, TextScale) - 26;
        using SKPaint paint = new() { IsAntialias = false };
        for (int x = 0; x < width; x++)
        {
            paint.Color = FramePalette.Color(FrameColors.Reflectivity, (x + 0.5f) / width);
            canvas.DrawRect(left + x, top, 1, BarHeight, paint);
        }
        for (int ten = 0; ten * PixelsPerTen <= width; ten++)
            DrawCentred(canvas, $"{ten * 10}", left + ten * PixelsPerTen - 20, 40, top + BarHeight + 6, FaintText);
        PixelFont.Draw(canvas, unit, left + width + 26, top + BarHeight + 6, TextScale, FaintText);
    }
}
