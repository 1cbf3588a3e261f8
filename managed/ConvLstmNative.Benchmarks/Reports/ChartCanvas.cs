using SkiaSharp;

namespace ConvLstmNative.Benchmarks;

/// <summary>A white picture that bars, lines and text are drawn on.</summary>
internal sealed class ChartCanvas : IDisposable
{
    private const float Roundness = 4;
    private static readonly SKTypeface Typeface = ChartFont.Find();
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;

    public ChartCanvas(int width, int height)
    {
        _bitmap = new SKBitmap(width, height);
        _canvas = new SKCanvas(_bitmap);
        _canvas.Clear(SKColors.White);
    }

    /// <summary>A bar that stands on its lower edge, its upper corners round.</summary>
    public void Bar(SKRect area, SKColor color)
    {
        using SKPaint paint = new() { Color = color, IsAntialias = true };
        using SKRoundRect shape = new();
        SKPoint round = new(Roundness, Roundness);
        shape.SetRectRadii(area, [round, round, SKPoint.Empty, SKPoint.Empty]);
        _canvas.DrawRoundRect(shape, paint);
    }

    public void Line(float left, float right, float y, SKColor color, float width)
    {
        using SKPaint paint = new() { Color = color };
        _canvas.DrawRect(new SKRect(left, y - (width / 2), right, y + (width / 2)), paint);
    }

    /// <summary>Returns the width.</summary>
    public float Text(string text, float x, float y, float size, SKTextAlign align, SKColor color)
    {
        using SKFont font = new(Typeface, size);
        using SKPaint paint = new() { Color = color, IsAntialias = true };
        _canvas.DrawText(text, x, y, align, font, paint);
        return font.MeasureText(text);
    }

    public void Save(string path)
    {
        using SKData data = _bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using FileStream file = File.Create(path);
        data.SaveTo(file);
    }

    public void Dispose()
    {
        _canvas.Dispose();
        _bitmap.Dispose();
    }
}
