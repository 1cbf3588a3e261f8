using System.Text;
using BindingGenerator.Emit;
using BindingGenerator.Model;

namespace BindingGenerator;

/// <summary>One run: header in, files out or compared.</summary>
public sealed class Generation(IFrontEnd frontEnd)
{
    /// <summary>Text of every generated file by file name.</summary>
    public IReadOnlyDictionary<string, string> Generate(string headerPath)
    {
        if (!File.Exists(headerPath))
            throw new GenerationException($"--header: expected an existing file, got {headerPath}");
        HeaderText text = HeaderText.Load(headerPath);
        HeaderModel model = frontEnd.Read(headerPath, text);
        return CSharpEmitter.Emit(model, text.Sha256);
    }

    /// <summary>Writes the files, or with <paramref name="check"/> compares them.</summary>
    /// <returns>0, or 1 where a compared file differs.</returns>
    public int Run(string headerPath, string outputPath, bool check, TextWriter errors)
    {
        IReadOnlyDictionary<string, string> files = Generate(headerPath);
        if (check)
        {
            string[] stale = [.. Stale(files, outputPath)];
            if (stale.Length > 0)
                errors.WriteLine($"{outputPath} differs from the header; generate again: {string.Join(", ", stale)}");
            return stale.Length > 0 ? 1 : 0;
        }

        Directory.CreateDirectory(outputPath);
        foreach ((string name, string content) in files)
            Write(Path.Combine(outputPath, name), content);
        return 0;
    }

    private static IEnumerable<string> Stale(IReadOnlyDictionary<string, string> files, string outputPath)
    {
        foreach ((string name, string content) in files)
        {
            string path = Path.Combine(outputPath, name);
            if (!File.Exists(path) || HeaderText.NormalizeLineEndings(File.ReadAllText(path)) != content)
                yield return name;
        }

        if (!Directory.Exists(outputPath))
            yield break;
        foreach (string path in Directory.EnumerateFiles(outputPath, "*.g.cs").Order(StringComparer.Ordinal))
        {
            if (!files.ContainsKey(Path.GetFileName(path)))
                yield return Path.GetFileName(path) + " (no longer generated)";
        }
    }

    private static void Write(string path, string content)
    {
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(temporary, path, overwrite: true);
    }
}
