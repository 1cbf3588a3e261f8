using BindingGenerator.Model;

namespace BindingGenerator.Emit;

/// <summary>C names in .NET casing.</summary>
internal static class CSharpNames
{
    private const string Prefix = "cln_";

    /// <summary><c>cln_tensor_create</c> → <c>TensorCreate</c>; <c>CLN_MAX_RANK</c> → <c>MaxRank</c>.</summary>
    public static string Function(string name) => Pascal(Stripped(name));

    /// <summary><c>cln_context_desc</c> → <c>NativeContextDesc</c>, apart from the public types.</summary>
    public static string Type(string name) => "Native" + Pascal(Stripped(name));

    /// <summary><c>cln_tensor</c> → <c>TensorHandle</c>.</summary>
    public static string Handle(string name) => Pascal(Stripped(name)) + "Handle";

    /// <summary><c>struct_size</c> → <c>StructSize</c>.</summary>
    public static string Field(string name) => Pascal(name);

    /// <summary><c>x_count</c> → <c>xCount</c>; keywords get their mark.</summary>
    public static string Parameter(string name)
    {
        string pascal = Pascal(name);
        string camel = char.ToLowerInvariant(pascal[0]) + pascal[1..];
        return camel is "out" or "in" or "ref" or "params" or "base" ? "@" + camel : camel;
    }

    /// <summary>The name of a value without what it shares with the others of its enumeration.</summary>
    public static string EnumValue(EnumModel owner, string value)
    {
        List<string> words = [.. Stripped(owner.Name).Split('_')];
        while (words.Count > 0)
        {
            string shared = $"{Prefix}{string.Join('_', words)}_".ToUpperInvariant();
            if (owner.Values.All(candidate => candidate.Name.StartsWith(shared, StringComparison.Ordinal)))
                return Pascal(value[shared.Length..]);
            words.RemoveAt(words.Count - 1);
        }

        return Pascal(Stripped(value));
    }

    private static string Stripped(string name) =>
        name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name[Prefix.Length..] : name;

    private static string Pascal(string name) => string.Concat(name
        .Split('_', StringSplitOptions.RemoveEmptyEntries)
        .Select(word => char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant()));
}
