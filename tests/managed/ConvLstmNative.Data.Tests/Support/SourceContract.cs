namespace ConvLstmNative.Data.Tests;

/// <summary>What every source promises, whatever its frames are.</summary>
internal static class SourceContract
{
    public static float[] Read(IFrameSequenceSource source, long index)
    {
        float[] frames = new float[source.Steps * source.Shape.ElementCount];
        Array.Fill(frames, float.NaN);
        source.Read(index, frames);
        return frames;
    }

    /// <summary>Same index, same frames, in any order and on any thread; values in [0, 1]; bad arguments named.</summary>
    public static void Assert(IFrameSequenceSource source)
    {
        long count = Math.Min(source.Count, 12);
        float[][] once = [.. Enumerable.Range(0, (int)count).Select(index => Read(source, index))];
        NUnit.Framework.Assert.That(once.SelectMany(frames => frames).All(value => value is >= 0 and <= 1), Is.True, "values in [0, 1]");
        Parallel.For(0, (int)count * 4, i =>
        {
            int index = (int)count - 1 - i % (int)count;
            if (!Read(source, index).AsSpan().SequenceEqual(once[index]))
                throw new AssertionException($"sequence {index} differs when it is read again");
        });
        NUnit.Framework.Assert.That(() => Read(source, -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("index"));
        if (source.Count < long.MaxValue)
            NUnit.Framework.Assert.That(() => Read(source, source.Count), Throws.InstanceOf<ArgumentOutOfRangeException>());
        NUnit.Framework.Assert.That(
            () => source.Read(0, new float[source.Steps * source.Shape.ElementCount + 1]),
            Throws.ArgumentException.With.Message.Contains("frames"));
    }
}
