namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class NpySequencesTests
{
    [Test]
    public void Read_BothLayouts_GiveTheSameSequences([Values] NpySequenceLayout layout, [Values] bool bytes)
    {
        const int Steps = 3, Count = 4, Height = 2, Width = 5;
        using TestFolder folder = new();
        byte[] values = new byte[Steps * Count * Height * Width];
        new Random(1).NextBytes(values);
        long[] shape = layout == NpySequenceLayout.StepsFirst ? [Steps, Count, Height, Width] : [Count, Steps, Height, Width];
        if (bytes)
            NpyFile.Write(folder["a.npy"], values, shape);
        else
            NpyFile.Write(folder["a.npy"], [.. values.Select(value => value / 255f)], shape);
        using NpySequences source = new(folder["a.npy"], layout);
        Assert.That((source.Count, source.Steps, source.Shape), Is.EqualTo((Count, Steps, new FrameShape(1, Height, Width))));
        for (int n = 0; n < Count; n++)
        {
            float[] frames = SourceContract.Read(source, n);
            for (int i = 0; i < frames.Length; i++)
            {
                (int t, int pixel) = Math.DivRem(i, Height * Width);
                int frame = layout == NpySequenceLayout.StepsFirst ? t * Count + n : n * Steps + t;
                Assert.That(frames[i], Is.EqualTo(values[frame * Height * Width + pixel] / 255f));
            }
        }
        SourceContract.Assert(source);
    }

    [Test]
    public void Open_OtherNumbers_IsRefused()
    {
        using TestFolder folder = new();
        string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1, 1), }".PadRight(117) + "\n";
        string path = folder.Write("a.npy", [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. System.Text.Encoding.ASCII.GetBytes(header), .. new byte[8]]);
        Assert.That(() => new NpySequences(path), Throws.InstanceOf<DataFormatException>().With.Message.Contains("Float64"));
    }

    /// <summary>A file as large as the canonical one, as a hole on the disk: only one sequence of it is ever read.</summary>
    [Test]
    public void Read_CanonicalSize_TakesOneSequenceAtATime()
    {
        using TestFolder folder = new();
        using (FileStream file = File.Create(folder["mnist_test_seq.npy"]))
        {
            string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (20, 10000, 64, 64), }".PadRight(117) + "\n";
            file.Write([0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. System.Text.Encoding.ASCII.GetBytes(header)]);
            file.SetLength(128 + 20L * 10_000 * 4096);
            file.Position = 128 + (19L * 10_000 + 9_999) * 4096 + 4095;
            file.WriteByte(255);
        }
        using NpySequences source = new(folder["mnist_test_seq.npy"]);
        Assert.That((source.Count, source.Steps, source.Shape), Is.EqualTo((10_000L, 20, new FrameShape(1, 64, 64))));
        float[] frames = new float[20 * 4096];
        long before = GC.GetAllocatedBytesForCurrentThread();
        source.Read(9_999, frames);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
        Assert.That(frames[^1], Is.EqualTo(1f));
        Assert.That(frames[..^1], Is.All.Zero);
    }

    [Test]
    public void Read_FloatsOutsideTheUnitInterval_AreRefused([Values(1.01f, -0.01f, float.NaN)] float bad)
    {
        using TestFolder folder = new();
        NpyFile.Write(folder["a.npy"], [0f, 1f, 0.5f, bad], [1, 2, 1, 2]);
        using NpySequences source = new(folder["a.npy"]);
        Assert.That(() => SourceContract.Read(source, 0), Throws.Nothing);
        Assert.That(() => SourceContract.Read(source, 1), Throws.InstanceOf<DataFormatException>().With.Message.Contains("a.npy"));
    }

    [Test]
    public void Constructor_AnotherRankOrEmpty_IsRefused()
    {
        using TestFolder folder = new();
        foreach (long[] shape in new long[][] { [4, 1, 1], [4], [1, 1, 1, 2, 2] })
        {
            NpyFile.Write(folder["a.npy"], new byte[4], shape);
            Assert.That(() => new NpySequences(folder["a.npy"]), Throws.InstanceOf<DataFormatException>());
        }
        NpyFile.Write(folder["a.npy"], Array.Empty<byte>(), [2, 0, 3, 3]);
        Assert.That(() => new NpySequences(folder["a.npy"]), Throws.InstanceOf<DataFormatException>());
        Assert.That(() => new NpySequences(folder["none.npy"]), Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("none.npy"));
    }
}
