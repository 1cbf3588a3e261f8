using SkiaSharp;

namespace ConvLstmNative.Benchmarks;

/// <summary>A font for the chart. Skia is built without fontconfig here, and sees no font of a Linux system by itself.</summary>
internal static class ChartFont
{
    private static readonly string[] Families = ["DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf"];

    /// <summary>Skia's own default where the system has none of the usual fonts.</summary>
    public static SKTypeface Find()
    {
        const string folder = "/usr/share/fonts";
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.ttf", SearchOption.AllDirectories) : [];
        string? file = Families
            .Select(family => Array.Find(files, path => Path.GetFileName(path) == family))
            .FirstOrDefault(path => path is not null) ?? files.FirstOrDefault();
        return file is null ? SKTypeface.Default : SKTypeface.FromFile(file);
    }
}
