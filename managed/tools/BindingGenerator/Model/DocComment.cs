using System.Text.RegularExpressions;

namespace BindingGenerator.Model;

/// <summary>A documentation comment: text before the parameters, the parameters, text after them.</summary>
public sealed partial record DocComment(
    IReadOnlyList<string> Summary,
    IReadOnlyList<DocParameter> Parameters,
    IReadOnlyList<string> Remarks)
{
    /// <summary>No comment.</summary>
    public static DocComment Empty { get; } = new([], [], []);

    /// <summary>Parses the inside of a comment, markers included.</summary>
    public static DocComment Parse(string comment)
    {
        List<string> summary = [];
        List<string> remarks = [];
        List<DocParameter> parameters = [];
        foreach (string line in Lines(comment))
        {
            string text = line.Trim();
            int first = text.IndexOf("@param ", StringComparison.Ordinal);
            bool continues = parameters.Count > 0 && first != 0 && IsIndented(line);
            string before = first < 0 ? text : text[..first].TrimEnd();
            if (continues)
                parameters[^1] = parameters[^1].Append(before);
            else if (before.Length > 0)
                (parameters.Count == 0 ? summary : remarks).Add(before);
            if (first >= 0)
                AddParameters(text[first..], parameters);
        }

        return new DocComment(summary, parameters, remarks);
    }

    private static IEnumerable<string> Lines(string comment)
    {
        string inside = Opening().Replace(comment, "  ", 1);
        inside = inside.EndsWith("*/", StringComparison.Ordinal) ? inside[..^2] : inside;
        return inside.Split('\n').Select(line => Star().Replace(line, string.Empty)).Where(line => line.Trim().Length > 0);
    }

    // The text of a comment starts two blanks after the star; what is further in continues the line above.
    private static bool IsIndented(string line) => line.StartsWith("   ", StringComparison.Ordinal);

    private static void AddParameters(string text, List<DocParameter> parameters)
    {
        foreach (string part in text.Split("@param ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string name = Word().Match(part).Value;
            string rest = part[name.Length..].Trim();
            bool nullable = rest.StartsWith("[nullable]", StringComparison.Ordinal);
            parameters.Add(new DocParameter(name, nullable, nullable ? rest["[nullable]".Length..].Trim() : rest));
        }
    }

    [GeneratedRegex(@"^/\*\*<?")]
    private static partial Regex Opening();

    [GeneratedRegex(@"^\s*\*(?!/)")]
    private static partial Regex Star();

    [GeneratedRegex(@"^\w+")]
    private static partial Regex Word();
}
