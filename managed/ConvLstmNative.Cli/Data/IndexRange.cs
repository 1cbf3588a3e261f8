using System.Globalization;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>Indices from <see cref="First"/> to <see cref="Last"/>, both included.</summary>
internal readonly record struct IndexRange(int First, int Last)
{
    public int Count => Last - First + 1;

    /// <summary>Reads <c>0-7999</c>.</summary>
    public static bool TryParse(string text, out IndexRange value)
    {
        value = default;
        string[] parts = text.Split('-');
        if (parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            || first > last
            || last == int.MaxValue)
        {
            return false;
        }

        value = new IndexRange(first, last);
        return true;
    }

    public override string ToString() => Invariant($"{First}-{Last}");
}
