namespace ConvLstmNative.Data.Tests;

/// <summary>Feeds a reader with broken copies of a good file.</summary>
internal static class BadFiles
{
    /// <summary>Every proper prefix of the file must be refused, with the path in the message.</summary>
    public static void AssertEveryTruncationIsRefused(TestFolder folder, string name, byte[] good, Action<string> read)
    {
        for (int length = 0; length < good.Length; length++)
        {
            string path = folder.Write(name, good[..length]);
            DataFormatException? refused = Assert.Throws<DataFormatException>(() => read(path), $"{name} cut to {length} of {good.Length} bytes");
            Assert.That(refused!.Path, Is.EqualTo(path));
            Assert.That(refused.Message, Does.Contain(path));
        }
    }

    /// <summary>Random flips in the first bytes: the file may still read, but nothing other than the typed exception may come out.</summary>
    public static void AssertFlipsAreReadOrRefused(TestFolder folder, string name, byte[] good, int headerBytes, Action<string> read)
    {
        Random random = new(20_240_607);
        int refused = 0;
        for (int round = 0; round < 400; round++)
        {
            byte[] bad = (byte[])good.Clone();
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                bad[random.Next(headerBytes)] ^= (byte)random.Next(1, 256);
            string path = folder.Write(name, bad);
            try
            {
                read(path);
            }
            catch (DataFormatException exception)
            {
                Assert.That(exception.Path, Is.EqualTo(path));
                refused++;
            }
        }
        Assert.That(refused, Is.GreaterThan(0), "no flip was noticed");
    }
}
