using SkiaSharp;
using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>The speed-ups over the best peer as bars: inference above, training below.</summary>
internal static class SpeedupChart
{
    private const int Width = 1400;
    private const int PanelHeight = 460;
    private const int Margin = 70;
    private const int HeadHeight = 110;

    /// <summary>Bars end here: one tiny shape must not flatten all others.</summary>
    private const double Highest = 7;
    private static readonly SKTypeface Typeface = ChartFont.Find();
    private static readonly SKColor Ink = new(0x22, 0x2B, 0x38);
    private static readonly SKColor Faint = new(0xDD, 0xE2, 0xE8);

    private static readonly (string Dtype, string Policy, string Label, SKColor Color)[] Series =
    [
        ("fp32", nameof(ComputePolicy.Fast), "fp32, policy Fast", new SKColor(0x1F, 0x6F, 0xB4)),
        ("fp32", nameof(ComputePolicy.Exact), "fp32, policy Exact (direct)", new SKColor(0x8F, 0xBD, 0xE0)),
        ("bf16", nameof(ComputePolicy.Fast), "bf16 storage over TorchSharp bf16", new SKColor(0xE0, 0x8A, 0x2C)),
    ];

    public static void Write(string path, IReadOnlyList<ResultRow> inference, IReadOnlyList<ResultRow> training, Machine machine)
    {
        (string Title, IReadOnlyList<ResultRow> Rows)[] panels =
            [.. new[] { ("Inference", inference), ("Training step", training) }.Where(panel => panel.Item2.Any(row => row.Speedup is not null))];
        if (panels.Length == 0)
            return;
        using SKBitmap bitmap = new(Width, HeadHeight + (panels.Length * PanelHeight));
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(SKColors.White);
        DrawHead(canvas, machine);
        for (int index = 0; index < panels.Length; index++)
        {
            float top = HeadHeight + (index * PanelHeight);
            DrawPanel(canvas, new SKRect(Margin, top + 62, Width - 30, top + PanelHeight - 45), panels[index].Title, panels[index].Rows);
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using FileStream file = File.Create(path);
        data.SaveTo(file);
    }

    private static void DrawHead(SKCanvas canvas, Machine machine)
    {
        Text(canvas, "ConvLSTM on a CPU: speed-up over the best of ONNX Runtime and TorchSharp", Margin, 38, 26, SKTextAlign.Left);
        Text(
            canvas,
            Invariant($"{machine.Processor}, {machine.Threads} threads for everybody, side by side; medians of the ratios. ")
            + Invariant($"ONNX Runtime {machine.OnnxRuntime}, libtorch {machine.Libtorch}"),
            Margin, 64, 16, SKTextAlign.Left);
        float left = Margin;
        foreach ((_, _, string label, SKColor color) in Series)
        {
            Fill(canvas, new SKRect(left, 80, left + 16, 96), color);
            left += 24 + Text(canvas, label, left + 24, 94, 16, SKTextAlign.Left) + 30;
        }
    }

    private static void DrawPanel(SKCanvas canvas, SKRect area, string title, IReadOnlyList<ResultRow> rows)
    {
        string[] shapes = [.. rows.Select(row => row.Id).Distinct()];
        double top = Math.Clamp(rows.Max(row => row.Speedup ?? 0) * 1.1, 1.2, Highest);
        double tick = top > 3 ? 1 : 0.5;
        float Height(double value) => area.Bottom - (float)(value / top * area.Height);
        Text(canvas, title, area.Left, area.Top - 30, 20, SKTextAlign.Left);
        for (double value = 0; value <= top; value += tick)
        {
            Fill(canvas, new SKRect(area.Left, Height(value), area.Right, Height(value) + 1), Faint);
            Text(canvas, Invariant($"{value:0.#}×"), area.Left - 10, Height(value) + 6, 16, SKTextAlign.Right);
        }

        Fill(canvas, new SKRect(area.Left, Height(1) - 1, area.Right, Height(1) + 1), Ink); // as fast as the best peer
        float slot = area.Width / shapes.Length;
        float bar = Math.Min(44, slot / (Series.Length + 0.8f));
        for (int index = 0; index < shapes.Length; index++)
        {
            float middle = area.Left + ((index + 0.5f) * slot);
            Text(canvas, shapes[index], middle, area.Bottom + 26, 16, SKTextAlign.Center);
            for (int series = 0; series < Series.Length; series++)
            {
                ResultRow? row = rows.FirstOrDefault(
                    row => row.Id == shapes[index] && row.Dtype == Series[series].Dtype && row.Policy == Series[series].Policy);
                if (row?.Speedup is not { } speedup)
                    continue;
                float left = middle + ((series - (Series.Length / 2f)) * bar);
                double shown = Math.Min(speedup, top);
                Fill(canvas, new SKRect(left + 1, Height(shown), left + bar - 1, area.Bottom), Series[series].Color);
                string label = Invariant($"{speedup:0.0}") + (speedup > top ? "↑" : string.Empty);
                Fill(canvas, new SKRect(left + 3, Height(shown) - 18, left + bar - 3, Height(shown) - 2), SKColors.White);
                Text(canvas, label, left + (bar / 2), Height(shown) - 5, 14, SKTextAlign.Center);
            }
        }

    }

    private static void Fill(SKCanvas canvas, SKRect area, SKColor color)
    {
        using SKPaint paint = new() { Color = color };
        canvas.DrawRect(area, paint);
    }

    /// <summary>Returns the width.</summary>
    private static float Text(SKCanvas canvas, string text, float x, float y, float size, SKTextAlign align)
    {
        using SKFont font = new(Typeface, size);
        using SKPaint paint = new() { Color = Ink, IsAntialias = true };
        canvas.DrawText(text, x, y, align, font, paint);
        return font.MeasureText(text);
    }
}
