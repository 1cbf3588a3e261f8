using System.Globalization;

namespace ConvLstmNative.Cli;

/// <summary>Sizes of an input as an option takes them.</summary>
internal static class SizesText
{
    /// <summary>Reads <c>8</c> (for every dimension), <c>8x9</c> (height first) or <c>4x8x9</c> (depth first).</summary>
    public static bool TryParse(string text, out Sizes value)
    {
        value = default;
        List<int> numbers = [];
        foreach (string part in text.Split('x'))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
                return false;
            numbers.Add(number);
        }

        value = numbers switch
        {
            [int size] => size,
            [int height, int width] => new Sizes(height, width),
            [int depth, int height, int width] => new Sizes(depth, height, width),
            _ => default,
        };
        return value != default;
    }
}
