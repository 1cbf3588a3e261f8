using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class PatchLayoutTests
{
    [Test]
    public void SpaceToDepth_TwoChannels_HasTensorFlowsOrder()
    {
        // One 2x4 image with channels a and b: channel (py·2 + px)·2 + c of a 1x2 grid.
        float[] frames = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17];
        float[] patched = Numbers.Poisoned(16);
        PatchLayout.SpaceToDepth(frames, new SequenceShape(1, 1, 2, 2, 4), 2, patched);
        Assert.That(patched, Is.EqualTo(new float[] { 0, 2, 10, 12, 1, 3, 11, 13, 4, 6, 14, 16, 5, 7, 15, 17 }));
    }

    [TestCase(1, 1, 5, 3)]
    [TestCase(3, 2, 6, 8)]
    [TestCase(2, 3, 9, 3)]
    public void DepthToSpace_AfterSpaceToDepth_IsTheIdentity(int channels, int patch, int height, int width)
    {
        SequenceShape shape = new(2, 3, channels, height, width);
        float[] frames = Numbers.Unit(1, shape.ElementCount);
        float[] patched = Numbers.Poisoned(frames.Length);
        float[] back = Numbers.Poisoned(frames.Length);
        PatchLayout.SpaceToDepth(frames, shape, patch, patched);
        PatchLayout.DepthToSpace(patched, shape, patch, back);
        Assert.That(back, Is.EqualTo(frames));
    }
}
