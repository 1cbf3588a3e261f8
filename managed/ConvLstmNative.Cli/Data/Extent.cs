using System.Globalization;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>Height and width in pixels.</summary>
internal readonly record struct Extent(int Height, int Width)
{
    /// <summary>All that there is.</summary>
    public static Extent Whole => default;

    /// <summary>Reads <c>whole</c>, <c>64</c> or <c>64x96</c> (height first).</summary>
    public static bool TryParse(string text, out Extent value)
    {
        value = Whole;
        if (text == "whole")
            return true;
        string[] parts = text.Split('x');
        if (parts.Length > 2 || !TryParseSide(parts[0], out int height) || !TryParseSide(parts[^1], out int width))
            return false;
        value = new Extent(height, width);
        return true;
    }

    public override string ToString() =>
        this == Whole ? "whole" : Invariant($"{Height}x{Width}");

    private static bool TryParseSide(string text, out int side) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side is >= 1 and <= 65536;
}
