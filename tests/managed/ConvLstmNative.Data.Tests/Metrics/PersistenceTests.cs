namespace ConvLstmNative.Data.Tests;

[TestFixture]
internal sealed class PersistenceTests
{
    [Test]
    public void Predict_TwoSequences_RepeatsTheLastFrameOfEach()
    {
        FrameShape shape = new(1, 1, 2);
        float[] frames = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16];
        float[] predicted = new float[2 * 2 * 2];
        Persistence.Predict(frames, 2, shape, predicted);
        Assert.That(predicted, Is.EqualTo(new float[] { 5, 6, 5, 6, 15, 16, 15, 16 }));
    }

    [TestCase(0, 2, 4)]
    [TestCase(3, 2, 4)]
    [TestCase(4, 2, 3)]
    [TestCase(4, 0, 4)]
    public void Predict_WrongLengths_AreRefused(int frames, int sequences, int predicted) =>
        Assert.That(
            () => Persistence.Predict(new float[frames], sequences, new FrameShape(1, 1, 2), new float[predicted]),
            Throws.InstanceOf<ArgumentException>());
}
