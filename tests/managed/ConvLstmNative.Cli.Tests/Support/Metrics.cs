using System.Text.Json;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

/// <summary>The agreed content of metrics.json.</summary>
internal static class Metrics
{
    /// <summary>Checks the shape of a file and returns it.</summary>
    public static JsonElement Check(string path, int sequences)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement root = document.RootElement.Clone();
        foreach (JsonElement figures in (JsonElement[])[root, root.GetProperty("persistence")])
        {
            Assert.That(figures.GetProperty("mse").GetDouble(), Is.GreaterThan(0));
            Assert.That(figures.GetProperty("mae").GetDouble(), Is.GreaterThan(0));
            Assert.That(figures.GetProperty("ssim").GetDouble(), Is.InRange(-1, 1));
            Assert.That(figures.GetProperty("psnr").GetDouble(), Is.GreaterThan(0));
        }

        Assert.That(root.GetProperty("profile").GetString(), Is.EqualTo("OpenSTL"));
        Assert.That(root.GetProperty("sequences").GetInt32(), Is.EqualTo(sequences));
        return root;
    }
}
