using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>
/// Makes options that are null unless given (so that a model's own notes can fill them in), and whose errors all read
/// the same: the option, what was expected, what came.
/// </summary>
internal static class OptionFactory
{
    private delegate bool Parser<T>(string text, out T value);

    public static Option<int?> Integer(string name, string description, int minimum, int maximum = int.MaxValue) =>
        Structure<int>(name, "N", description, Bounds("a whole number", minimum, maximum, int.MaxValue),
            (string text, out int value) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
                && value >= minimum && value <= maximum);

    public static Option<long?> LongInteger(string name, string description, long minimum) =>
        Structure<long>(name, "N", description, Bounds("a whole number", minimum, long.MaxValue, long.MaxValue),
            (string text, out long value) =>
                long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
                && value >= minimum);

    public static Option<ulong?> Seed(string name, string description) =>
        Structure<ulong>(name, "N", description, "a whole number of at least 0",
            (string text, out ulong value) =>
                ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value));

    /// <summary>A finite number above <paramref name="above"/>, at most <paramref name="maximum"/>.</summary>
    public static Option<double?> Positive(
        string name, string helpName, string description, double maximum = double.MaxValue, double above = 0) =>
        Structure<double>(name, helpName, description,
            maximum == double.MaxValue ? Invariant($"a number above {above}") : Invariant($"a number above {above}, at most {maximum}"),
            (string text, out double value) =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                && value > above && value <= maximum);

    /// <summary>A finite number from <paramref name="minimum"/> to <paramref name="maximum"/>.</summary>
    public static Option<double?> Number(
        string name, string helpName, string description, double minimum, double maximum) =>
        Structure<double>(name, helpName, description,
            maximum == double.MaxValue ? Invariant($"a number of at least {minimum}") : Invariant($"a number from {minimum} to {maximum}"),
            (string text, out double value) =>
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                && value >= minimum && value <= maximum);

    /// <summary>One value of an enumeration, written in lower case with hyphens.</summary>
    public static Option<T?> Choice<T>(string name, string description, IReadOnlyDictionary<string, T> choices)
        where T : struct =>
        Structure<T>(name, string.Join('|', choices.Keys), description, $"one of {string.Join(", ", choices.Keys)}",
            (string text, out T value) => choices.TryGetValue(text, out value));

    /// <summary>Height and width: <c>64</c>, <c>64x96</c> or <c>whole</c>.</summary>
    public static Option<Extent?> Extent(string name, string description) =>
        Structure<Extent>(name, "HxW", description, "a size such as 64 or 64x96, or whole", Cli.Extent.TryParse);

    /// <summary>An inclusive range of indices: <c>0-7999</c>.</summary>
    public static Option<IndexRange?> Range(string name, string description) =>
        Structure<IndexRange>(name, "A-B", description, "a range such as 0-7999, its first number not above its last",
            IndexRange.TryParse);

    /// <summary>Positive whole numbers separated by commas.</summary>
    public static Option<IReadOnlyList<int>?> Integers(string name, string helpName, string description) =>
        Reference<IReadOnlyList<int>>(name, helpName, description, "whole numbers of at least 1 with commas between, such as 64,64",
            (string text, out IReadOnlyList<int> value) =>
            {
                var numbers = new List<int>();
                value = numbers;
                foreach (string part in text.Split(','))
                {
                    if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
                        return false;
                    numbers.Add(number);
                }

                return true;
            });

    /// <summary>Whole numbers of at least 0 separated by commas.</summary>
    public static Option<IReadOnlyList<long>?> Counts(string name, string helpName, string description) =>
        Reference<IReadOnlyList<long>>(name, helpName, description, "whole numbers of at least 0 with commas between, such as 5,3,0",
            (string text, out IReadOnlyList<long> value) =>
            {
                var numbers = new List<long>();
                value = numbers;
                foreach (string part in text.Split(','))
                {
                    if (!long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                        return false;
                    numbers.Add(number);
                }

                return true;
            });

    /// <summary>A size for each spatial dimension: <c>8</c>, <c>8x9</c> or <c>4x8x9</c>.</summary>
    public static Option<Sizes?> Sizes(string name, string description) =>
        Structure<Sizes>(name, "HxW", description, "sizes of at least 1 such as 8, 8x9 or 4x8x9", SizesText.TryParse);

    /// <summary>A device: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public static Option<Device?> Device(string name, string description) =>
        Structure<Device>(name, "cpu|cuda[:N]", description, "cpu, cuda or cuda:N", Cli.Device.TryParse);

    /// <summary>A name; what names there are is seen where it is used.</summary>
    public static Option<string?> Name(string name, string helpName, string description) =>
        Reference<string>(name, helpName, description, "a name",
            (string text, out string value) =>
            {
                value = text;
                return text.Length > 0;
            });

    /// <summary>A path; that it exists is checked where it is used.</summary>
    public static Option<string?> Path(string name, string helpName, string description) =>
        Reference<string>(name, helpName, description, "a path",
            (string text, out string value) =>
            {
                value = text;
                return text.Length > 0;
            });

    private static Option<T?> Structure<T>(
        string name, string helpName, string description, string expected, Parser<T> parse)
        where T : struct =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result => Read(result, name, expected, parse, out T value) ? value : null,
        };

    private static Option<T?> Reference<T>(
        string name, string helpName, string description, string expected, Parser<T> parse)
        where T : class =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result => Read(result, name, expected, parse, out T value) ? value : null,
        };

    private static bool Read<T>(ArgumentResult result, string name, string expected, Parser<T> parse, out T value)
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : string.Empty;
        if (parse(text, out value))
            return true;
        result.AddError($"{name}: expected {expected}, got '{text}'.");
        return false;
    }

    private static string Bounds(string what, long minimum, long maximum, long unbounded) =>
        maximum == unbounded ? Invariant($"{what} of at least {minimum}") : Invariant($"{what} from {minimum} to {maximum}");
}
