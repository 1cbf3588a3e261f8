using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class TensorTests : NativeFixture
{
    [Test]
    public void Create_AnyShape_IsZeros()
    {
        using Tensor tensor = Tensor.Create(Context, 2, 3, 5);
        Assert.That(tensor.Shape.ToArray(), Is.EqualTo(new long[] { 2, 3, 5 }));
        Assert.That(tensor.ToArray(), Has.Length.EqualTo(30).And.All.Zero);
    }

    [Test]
    public void Create_EmptyOrScalar_CopiesNothingOrOne()
    {
        using Tensor empty = Tensor.FromSpan(Context, [], 2, 0);
        using Tensor scalar = Tensor.FromSpan(Context, [3f]);
        Assert.That(empty.ToArray(), Is.Empty);
        Assert.That(scalar.ToArray(), Is.EqualTo(new[] { 3f }));
    }

    [Test]
    public void UploadDownloadFill_Values_ComeBack()
    {
        float[] values = Numbers.Random(1, 12);
        using Tensor tensor = Tensor.FromSpan(Context, values, 3, 4);
        Assert.That(tensor.ToArray(), Is.EqualTo(values));
        if (!TestDevice.IsCuda)
            Assert.That(tensor.AsSpan().ToArray(), Is.EqualTo(values));
        tensor.Fill(2.5f);
        Assert.That(tensor.ToArray(), Is.All.EqualTo(2.5f));
    }

    [Test]
    public void Sigmoid_Extremes_StayInRange()
    {
        using Tensor tensor = Tensor.FromSpan(Context, [-1000f, -1f, 0f, 1f, 1000f], 5);
        tensor.Sigmoid();
        Assert.That(tensor.ToArray(), Is.EqualTo(new[] { 0f, 0.26894142f, 0.5f, 0.7310586f, 1f }).Within(1e-6f));
    }

    [Test]
    public void Add_OddCount_AddsEveryElement()
    {
        float[] a = Numbers.Random(2, 37);
        float[] b = Numbers.Random(3, 37);
        using Tensor sum = Tensor.FromSpan(Context, a, 37);
        using Tensor other = Tensor.FromSpan(Context, b, 37);
        sum.Add(other);
        Assert.That(sum.ToArray(), Is.EqualTo(a.Zip(b, (x, y) => x + y)));
    }

    [Test]
    public void CopyChannels_TwoTensors_AreJoined()
    {
        using Tensor first = Tensor.FromSpan(Context, Numbers.Random(4, 2 * 3 * 4), 2, 3, 2, 2);
        using Tensor second = Tensor.FromSpan(Context, Numbers.Random(5, 2 * 2 * 4), 2, 2, 2, 2);
        using Tensor joined = Tensor.Create(Context, 2, 5, 2, 2);
        first.CopyChannels(0, 3, joined, 0);
        second.CopyChannels(0, 2, joined, 3);
        float[] actual = joined.ToArray();
        Assert.That(actual[..12], Is.EqualTo(first.ToArray()[..12]));
        Assert.That(actual[12..20], Is.EqualTo(second.ToArray()[..8]));
        Assert.That(actual[20..32], Is.EqualTo(first.ToArray()[12..]));
        Assert.That(actual[32..], Is.EqualTo(second.ToArray()[8..]));
    }

    [Test]
    public void Borrow_Memory_IsReadAndWrittenInPlace()
    {
        using Context cpu = Context.Cpu(1);
        float[] memory = [1, 2, 3, 4];
        using (Tensor tensor = Tensor.Borrow(cpu, memory, 2, 2))
        {
            Assert.That(tensor.IsBorrowed);
            tensor.Fill(7);
            memory[1] = 9;
            Assert.That(tensor.ToArray(), Is.EqualTo(new float[] { 7, 9, 7, 7 }));
        }

        Assert.That(memory, Is.EqualTo(new float[] { 7, 9, 7, 7 }));
    }

    [Test]
    public void FromSpan_WrongLength_NamesArgumentExpectedAndActual() =>
        Assert.That(
            () => Tensor.FromSpan(Context, new float[5], 2, 3),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("values").And.Message.Contains("6").And.Message.Contains("5"));

    [Test]
    public void Create_OverflowingShape_ThrowsSizeOverflow() =>
        Assert.That(() => Tensor.Create(Context, long.MaxValue, 2, 3), Throws.TypeOf<SizeOverflowException>());

    [Test]
    public void Create_ImpossibleSize_ThrowsDeviceMemory() =>
        Assert.That(() => Tensor.Create(Context, 1L << 55), Throws.TypeOf<DeviceMemoryException>());

    [Test]
    public void Create_NegativeSize_ThrowsOutOfRange() =>
        Assert.That(() => Tensor.Create(Context, 2, -1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("-1"));

    [Test]
    public void Create_TooManyDimensions_ThrowsArgument() =>
        Assert.That(() => Tensor.Create(Context, 1, 1, 1, 1, 1, 1, 1, 1, 1), Throws.ArgumentException.With.Message.Contains("9"));

    [Test]
    public void CopyChannels_BeyondTheEnd_ThrowsNativeError()
    {
        using Tensor source = Tensor.Create(Context, 1, 2, 2, 2);
        using Tensor destination = Tensor.Create(Context, 1, 2, 2, 2);
        Assert.That(() => source.CopyChannels(1, 2, destination, 0), Throws.InstanceOf<ConvLstmException>().With.Message.Not.Empty);
    }

    [Test]
    public void AnyCall_Disposed_ThrowsObjectDisposed()
    {
        Tensor tensor = Tensor.Create(Context, 2);
        tensor.Dispose();
        tensor.Dispose();
        Assert.That(() => tensor.Fill(1), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => tensor.AsSpan(), Throws.TypeOf<ObjectDisposedException>());
    }
}
