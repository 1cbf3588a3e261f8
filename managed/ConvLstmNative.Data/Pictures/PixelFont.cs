using SkiaSharp;

namespace ConvLstmNative.Data;

/// <summary>A built-in font of 5×7 pixels (g, p, q, y hang two lower), so that labels are the same on machines with other fonts or none.</summary>
internal static class PixelFont
{
    private const int Rows = 7;
    private const int Advance = 6;
    private const int Descent = 2;
    private const string Hanging = "gpqy";
    private const string Letters = " +-.0123456789:/%()ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // Seven rows a glyph, one base-32 digit each (0-9, A-V); the highest of its five bits is the leftmost pixel.
    private const string Bits =
        "0000000" + "044V440" + "000V000" + "00000CC" + // space + - .
        "EHJLPHE" + "4C4444E" + "EH1248V" + "V2421HE" + "26AIV22" + "VGU11HE" + "68GUHHE" + "V124888" + "EHHEHHE" + "EHHF12C" + // 0-9
        "0CC0CC0" + "012480G" + "OP248J3" + "2488842" + "8422248" + // : / % ( )
        "EHHHVHH" + "UHHUHHU" + "EHGGGHE" + "SIHHHIS" + "VGGUGGV" + "VGGUGGG" + "EHGNHHF" + "HHHVHHH" + "E44444E" + // A-I
        "72222IC" + "HIKOKIH" + "GGGGGGV" + "HRLLHHH" + "HHPLJHH" + "EHHHHHE" + "UHHUGGG" + "EHHHLID" + "UHHUKIH" + "FGGE11U" + // J-S
        "V444444" + "HHHHHHE" + "HHHHHA4" + "HHHLLLA" + "HHA4AHH" + "HHHA444" + "V1248GV" + // T-Z
        "00E1FHF" + "GGMPHHU" + "00EGGHE" + "11DJHHF" + "00EHVGE" + "698S888" + "FHHHF1E" + "GGMPHHH" + "40C444E" + // a-i
        "20622IC" + "GGIKOKI" + "C44444E" + "00QLLHH" + "00MPHHH" + "00EHHHE" + "UHHHUGG" + "FHHHF11" + "00MPGGG" + "00EGE1U" + // j-s
        "88S8896" + "00HHHJD" + "00HHHA4" + "00HHLLA" + "00HA4AH" + "HHHHF1E" + "00V248V"; // t-z

    /// <summary>The width of a text in pixels, without the gap after its last letter.</summary>
    public static int Measure(string text, int scale) => Math.Max(text.Length * Advance - 1, 0) * scale;

    /// <summary>The height of a text in pixels, above the line.</summary>
    public static int Height(int scale) => Rows * scale;

    /// <summary>Draws a text with its top left corner at a point; a letter that the font lacks is a small block.</summary>
    public static void Draw(SKCanvas canvas, string text, int left, int top, int scale, SKColor color)
    {
        using SKPaint paint = new() { Color = color, IsAntialias = false };
        for (int i = 0; i < text.Length; i++)
        {
            int glyph = Letters.IndexOf(text[i], StringComparison.Ordinal);
            int glyphTop = top + (Hanging.Contains(text[i], StringComparison.Ordinal) ? Descent * scale : 0);
            for (int row = 0; row < Rows; row++)
            {
                int bits = glyph < 0 ? 0b01110 : Value(Bits[glyph * Rows + row]);
                for (int column = 0; column < 5; column++)
                {
                    if ((bits >> (4 - column) & 1) != 0)
                        canvas.DrawRect(left + (i * Advance + column) * scale, glyphTop + row * scale, scale, scale, paint);
                }
            }
        }
    }

    private static int Value(char digit) => digit <= '9' ? digit - '0' : digit - 'A' + 10;
}
