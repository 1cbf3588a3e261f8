namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class AtomicFileTests
{
    [Test]
    public void Write_ThatFails_LeavesTheOldFileAndNoOther()
    {
        using TestFolder folder = new();
        string path = folder.Write("a.bin", [1, 2, 3]);
        Assert.That(
            () => AtomicFile.Write(path, stream =>
            {
                stream.WriteByte(9);
                throw new InvalidOperationException("half way");
            }),
            Throws.InvalidOperationException);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void Write_OverAnOldFile_ReplacesIt()
    {
        using TestFolder folder = new();
        string path = folder.Write("a.bin", [1, 2, 3]);
        AtomicFile.Write(path, stream => stream.WriteByte(9));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 9 }));
    }

    [Test]
    public void Write_IntoAMissingFolder_NamesIt()
    {
        using TestFolder folder = new();
        Assert.That(
            () => AtomicFile.Write(Path.Combine(folder["none"], "a.bin"), stream => stream.WriteByte(1)),
            Throws.InstanceOf<DirectoryNotFoundException>().With.Message.Contains(folder["none"]));
    }
}
