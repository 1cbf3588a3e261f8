using SkiaSharp;
using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>The speed-ups over the best peer as bars.</summary>
internal static class SpeedupChart
{
    private const int Width = 1600;
    private const int PanelHeight = 430;
    private const int Left = 80;
    private const int Right = 40;
    private const int HeadHeight = 150;

    /// <summary>Bars end here: one tiny shape must not flatten all others.</summary>
    private const double Highest = 7;
    private const float NoisyOpacity = 0.4f;
    private static readonly SKColor Ink = new(0x1F, 0x29, 0x37);
    private static readonly SKColor Quiet = new(0x6B, 0x75, 0x83);
    private static readonly SKColor Faint = new(0xE7, 0xEA, 0xEE);

    private static readonly (ChartPanel.Series Series, string Label, SKColor Color)[] Legend =
    [
        (ChartPanel.Series.Fast, "fp32, policy Fast (Winograd where it says so)", new SKColor(0x1D, 0x5F, 0xA8)),
        (ChartPanel.Series.Exact, "fp32, policy Exact (direct, every product)", new SKColor(0x8B, 0xB8, 0xE0)),
        (ChartPanel.Series.Bfloat16, "bf16 storage, over TorchSharp in bf16", new SKColor(0xDE, 0x8F, 0x35)),
    ];

    public static void Write(
        string path, IReadOnlyList<ResultRow> inference, IReadOnlyList<ResultRow> training, NativeResults? native, Machine machine)
    {
        IReadOnlyList<ChartPanel> panels = ChartPanel.Of(inference, training, native);
        if (panels.Count == 0)
            return;
        using ChartCanvas canvas = new(Width, HeadHeight + (panels.Count * PanelHeight));
        DrawHead(canvas, machine);
        for (int index = 0; index < panels.Count; index++)
        {
            float top = HeadHeight + (index * PanelHeight);
            DrawPanel(canvas, new SKRect(Left, top + 50, Width - Right, top + PanelHeight - 85), panels[index]);
        }

        canvas.Save(path);
    }

    private static void DrawHead(ChartCanvas canvas, Machine machine)
    {
        canvas.Text("How many times faster than the best peer a ConvLSTM runs on a CPU", Left, 46, 30, SKTextAlign.Left, Ink);
        canvas.Text(
            Invariant($"{machine.Processor}, {machine.InstructionSet}, {machine.Threads} threads for everybody, in turns; medians of the ratios pair by pair. ")
            + Invariant($"ONNX Runtime {machine.OnnxRuntime}, libtorch {machine.Libtorch}."),
            Left, 78, 17, SKTextAlign.Left, Quiet);
        float left = Left;
        foreach ((_, string label, SKColor color) in Legend)
        {
            canvas.Bar(new SKRect(left, 102, left + 18, 120), color);
            left += 26 + canvas.Text(label, left + 26, 117, 17, SKTextAlign.Left, Ink) + 34;
        }

        canvas.Text("pale: noisy", left, 117, 17, SKTextAlign.Left, Quiet);
    }

    private static void DrawPanel(ChartCanvas canvas, SKRect area, ChartPanel panel)
    {
        double top = Math.Clamp(panel.Groups.Max(group => group.Bars.Max(bar => bar.Speedup)) * 1.12, 1.5, Highest);
        double tick = top > 3 ? 1 : 0.5;
        float Height(double value) => area.Bottom - (float)(value / top * area.Height);
        canvas.Text(panel.Title, area.Left, area.Top - 22, 21, SKTextAlign.Left, Ink);
        for (double value = 0; value <= top; value += tick)
        {
            canvas.Line(area.Left, area.Right, Height(value), Faint, 1);
            canvas.Text(Invariant($"{value:0.#}×"), area.Left - 12, Height(value) + 6, 16, SKTextAlign.Right, Quiet);
        }

        float slot = area.Width / panel.Groups.Count;
        float width = Math.Min(46, slot / (Legend.Length + 0.8f));
        for (int index = 0; index < panel.Groups.Count; index++)
        {
            ChartPanel.Group group = panel.Groups[index];
            float middle = area.Left + ((index + 0.5f) * slot);
            canvas.Text(group.Label, middle, area.Bottom + 26, 17, SKTextAlign.Center, Ink);
            canvas.Text(group.Note, middle, area.Bottom + 47, 14, SKTextAlign.Center, Quiet);
            float left = middle - (group.Bars.Count * width / 2);
            foreach (ChartPanel.Bar bar in group.Bars.OrderBy(bar => bar.Series))
            {
                SKColor color = Legend.First(entry => entry.Series == bar.Series).Color;
                float end = Height(Math.Min(bar.Speedup, top));
                canvas.Bar(
                    new SKRect(left + 2, end, left + width - 2, area.Bottom),
                    bar.IsNoisy ? color.WithAlpha((byte)(255 * NoisyOpacity)) : color);
                string label = (bar.Speedup < 10 ? Invariant($"{bar.Speedup:0.00}") : Invariant($"{bar.Speedup:0}")) + (bar.Speedup > top ? "↑" : string.Empty);
                canvas.Text(label, left + (width / 2), end - 6, 14, SKTextAlign.Center, Ink);
                left += width;
            }
        }

        canvas.Line(area.Left, area.Right, Height(1), Ink, 2); // as fast as the best peer
    }
}
