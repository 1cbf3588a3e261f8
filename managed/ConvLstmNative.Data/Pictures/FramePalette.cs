using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>Values in [0, 1] → colours.</summary>
internal static class FramePalette
{
    // Reflectivity in dBZ and its colour; between two rows the colour is interpolated.
    private static readonly (float Reflectivity, SKColor Color)[] RadarStops =
    [
        (0, new SKColor(0x0d, 0x12, 0x18)),
        (5, new SKColor(0x14, 0x26, 0x3c)),
        (10, new SKColor(0x1d, 0x4f, 0x8c)),
        (18, new SKColor(0x2a, 0x93, 0xc4)),
        (25, new SKColor(0x35, 0xc0, 0x8e)),
        (32, new SKColor(0x8f, 0xdc, 0x45)),
        (38, new SKColor(0xf4, 0xe0, 0x3a)),
        (44, new SKColor(0xf9, 0x9b, 0x2b)),
        (50, new SKColor(0xe8, 0x3d, 0x35)),
        (60, new SKColor(0xd4, 0x4f, 0xd8)),
    ];

    /// <summary>The colour of a value; values outside [0, 1] are clipped, NaN is drawn like 0.</summary>
    public static SKColor Color(FrameColors colors, float value)
    {
        float clipped = value > 0 ? Math.Min(value, 1) : 0;
        if (colors == FrameColors.Gray)
        {
            byte gray = (byte)(clipped * 255 + 0.5f);
            return new SKColor(gray, gray, gray);
        }
        float reflectivity = ValueScale.RadarReflectivity.FromUnit(clipped);
        int above = 1;
        while (above < RadarStops.Length - 1 && RadarStops[above].Reflectivity < reflectivity)
            above++;
        ((float from, SKColor a), (float to, SKColor b)) = (RadarStops[above - 1], RadarStops[above]);
        float share = (reflectivity - from) / (to - from);
        return new SKColor(Mix(a.Red, b.Red, share), Mix(a.Green, b.Green, share), Mix(a.Blue, b.Blue, share));
    }

    private static byte Mix(byte a, byte b, float share) => (byte)(a + (b - a) * share + 0.5f);
}
