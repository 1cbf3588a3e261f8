using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using BindingGenerator.Model;

namespace BindingGenerator;

/// <summary>The header as text: its hash, its integer macros and its comments, which parsers of C drop.</summary>
public sealed partial class HeaderText
{
    private readonly string _text;
    private readonly string _code;

    private HeaderText(string text)
    {
        _text = text;
        // The same length as the text, so that positions agree; comments become blanks.
        _code = Comment().Replace(text, match => Blank().Replace(match.Value, " "));
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>SHA-256 of the text with line feeds only, in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Reads a header.</summary>
    public static HeaderText Load(string path) => new(NormalizeLineEndings(File.ReadAllText(path)));

    /// <summary>The text with line feeds only.</summary>
    public static string NormalizeLineEndings(string text) => text.ReplaceLineEndings("\n");

    /// <summary>Macros that stand for an integer, in the order of the header.</summary>
    public IReadOnlyList<ConstantModel> Constants() =>
    [
        .. Macro().Matches(_code).Select(match => new ConstantModel(
            match.Groups[1].Value,
            long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture),
            Before(match.Index))),
    ];

    /// <summary>The comment before a function.</summary>
    public DocComment OfFunction(string name) => BeforeMatch($@"^CLN_API[^;{{}}]*?\b{name}\s*\(");

    /// <summary>The comment before an enumeration.</summary>
    public DocComment OfEnum(string name) => BeforeMatch($@"^enum\s+{name}\s*\{{");

    /// <summary>The comment before a struct, defined or opaque.</summary>
    public DocComment OfStruct(string name) => BeforeMatch($@"^typedef\s+struct\s+{name}\b");

    /// <summary>The comment beside or before a member of an enumeration or a struct.</summary>
    public DocComment OfMember(string owner, string member)
    {
        Match body = Regex.Match(_code, $@"(enum|struct)\s+{owner}\s*\{{([^}}]*)\}}");
        if (!body.Success)
            return DocComment.Empty;
        Match name = Regex.Match(body.Groups[2].Value, $@"\b{member}\b[^,;]*[,;]?");
        if (!name.Success)
            return DocComment.Empty;
        int start = body.Groups[2].Index + name.Index;
        Match beside = Beside().Match(_text, start + name.Value.TrimEnd().Length);
        return beside.Success ? DocComment.Parse(beside.Groups[1].Value) : Before(start);
    }

    private DocComment BeforeMatch(string pattern)
    {
        Match match = Regex.Match(_code, pattern, RegexOptions.Multiline);
        return match.Success ? Before(match.Index) : DocComment.Empty;
    }

    // The comment that ends right before this position, blanks apart.
    private DocComment Before(int position)
    {
        string before = _text[..position].TrimEnd();
        int start = before.LastIndexOf("/**", StringComparison.Ordinal);
        bool adjacent = start >= 0 && before.EndsWith("*/", StringComparison.Ordinal)
            && before.IndexOf("*/", start, StringComparison.Ordinal) == before.Length - 2;
        return adjacent && before[start + 3] != '<' ? DocComment.Parse(before[start..]) : DocComment.Empty;
    }

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"[^\n]")]
    private static partial Regex Blank();

    [GeneratedRegex(@"^#define[ ]+(CLN_[A-Z0-9_]+)[ ]+(-?\d+)[ ]*$", RegexOptions.Multiline)]
    private static partial Regex Macro();

    [GeneratedRegex(@"\G[ ]*(/\*\*<.*?\*/)", RegexOptions.Singleline)]
    private static partial Regex Beside();
}
