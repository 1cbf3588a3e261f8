using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class StagedFolderTests
{
    [Test]
    public void Commit_ExistingFolder_ReplacesStaleFilesAndKeepsOthers()
    {
        using var root = new TemporaryFolder();
        Directory.CreateDirectory(root["out"]);
        File.WriteAllText(root["out/prediction-12.png"], "stale");
        File.WriteAllText(root["out/metrics.json"], "old");
        File.WriteAllText(root["out/notes.txt"], "kept");
        using (var folder = new StagedFolder("--output", root["out"]))
        {
            File.WriteAllText(Path.Combine(folder.StagingPath, "metrics.json"), "new");
            folder.Commit(ForecastWriter.IsOwn);
        }

        Assert.That(root.Everything(), Is.EqualTo(new[] { "out", "out/metrics.json", "out/notes.txt" }));
        Assert.That(File.ReadAllText(root["out/metrics.json"]), Is.EqualTo("new"));
    }

    [Test]
    public void Dispose_WithoutCommit_LeavesNothing()
    {
        using var root = new TemporaryFolder();
        using (var folder = new StagedFolder("--output", root["out"]))
            File.WriteAllText(Path.Combine(folder.StagingPath, "half.png"), "half");

        Assert.That(root.Everything(), Is.Empty);
    }

    [Test]
    public void Constructor_FileInTheWay_NamesTheOption()
    {
        using var root = new TemporaryFolder();
        File.WriteAllText(root["out"], "a file");

        Assert.That(() => new StagedFolder("--output", root["out"]), Throws.TypeOf<UsageException>().With.Message.StartsWith("--output"));
        Assert.That(root.Everything(), Is.EqualTo(new[] { "out" }));
    }
}
