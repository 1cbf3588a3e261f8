using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

public class StagedFilesTests
{
    [Test]
    public void Dispose_WithoutCommit_LeavesWhatWasThere()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a"], "old");
        using (StagedFiles files = new())
        {
            files.Add("--a", folder["a"]);
            files.Add("--b", folder["b"]);
            files.Add("--c", null);
            files.Write(folder["a"], path => File.WriteAllText(path, "new"));
            files.Write(null, _ => Assert.Fail("nothing to write"));
        }

        Assert.That(folder.Everything(), Is.EqualTo(new[] { "a" }));
        Assert.That(File.ReadAllText(folder["a"]), Is.EqualTo("old"));
    }

    [Test]
    public void Commit_AllWritten_RenamesThem()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a"], "old");
        using (StagedFiles files = new())
        {
            foreach (string name in new[] { "a", "b" })
                files.Add("--" + name, folder[name]);
            foreach (string name in new[] { "a", "b" })
                files.Write(folder[name], path => File.WriteAllText(path, "new"));
            Assert.That(File.Exists(folder["b"]), Is.False);
            files.Commit();
        }

        Assert.That(folder.Everything(), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(File.ReadAllText(folder["a"]), Is.EqualTo("new"));
    }

    [Test]
    public void Add_TheSameFileTwice_NamesTheOption()
    {
        using TemporaryFolder folder = new();
        using StagedFiles files = new();
        files.Add("--a", folder["a"]);
        Assert.That(() => files.Add("--b", folder["./a"]), Throws.TypeOf<UsageException>().With.Message.Contains("--b"));
    }
}
