namespace BindingGenerator.Model;

/// <summary>What a comment says about a parameter.</summary>
public sealed record DocParameter(string Name, bool IsNullable, string Text)
{
    /// <summary>With one more line of text.</summary>
    public DocParameter Append(string text)
    {
        bool nullable = text.StartsWith("[nullable]", StringComparison.Ordinal);
        string rest = nullable ? text["[nullable]".Length..].Trim() : text;
        return this with { IsNullable = IsNullable || nullable, Text = (Text + " " + rest).Trim() };
    }
}
