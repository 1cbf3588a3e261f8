using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class LayerErrorTests : NativeFixture
{
    private static readonly ConvLstmOptions Options = new() { InputChannels = 2, HiddenChannels = 3 };
    private static readonly SequenceShape Shape = new(1, 2, 2, 4, 4);

    [Test]
    public void Create_Null_ThrowsArgumentNull()
    {
        Assert.That(() => new ConvLstm(null!, Options), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("context"));
        Assert.That(() => new ConvLstm(Context, null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("options"));
    }

    [TestCase(-1, 3, 3)]
    [TestCase(2, 0, 3)]
    [TestCase(2, 3, 0)]
    [TestCase(2, 3, 64)]
    public void Create_SizeOutOfRange_ThrowsInvalidArgument(int channels, int hidden, int kernel) =>
        Assert.That(
            () => new ConvLstm(Context, new ConvLstmOptions { InputChannels = channels, HiddenChannels = hidden, InputKernelSize = kernel }),
            Throws.TypeOf<InvalidArgumentException>().With.Property("Status").EqualTo(Status.InvalidArgument));

    [Test]
    public void Create_NonFiniteForgetBias_ThrowsNativeError() =>
        Assert.That(() => new ConvLstm(Context, Options with { ForgetBias = float.NaN }), Throws.InstanceOf<ConvLstmException>());

    [Test]
    public void Create_HugeProductOfSizes_ThrowsSizeOverflowOrMemory() =>
        Assert.That(
            () => new ConvLstm(Context, Options with { HiddenChannels = int.MaxValue, RecurrentKernelSize = 63 }),
            Throws.TypeOf<SizeOverflowException>().Or.TypeOf<DeviceMemoryException>());

    [TestCase(0, 2, 4, 4)]
    [TestCase(1, 0, 4, 4)]
    [TestCase(1, 2, 0, 4)]
    [TestCase(1, 2, 4, -1)]
    public void Forward_SizeNotPositive_ThrowsOutOfRange(int batch, int steps, int height, int width)
    {
        using ConvLstm layer = new(Context, Options);
        SequenceShape shape = new(batch, steps, 2, height, width);
        Assert.That(
            () => layer.Forward([], shape, null, []),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("shape").And.Message.Contains(shape.ToString()));
    }

    [Test]
    public void Forward_OverflowingShape_ThrowsSizeOverflow()
    {
        using ConvLstm layer = new(Context, Options);
        SequenceShape shape = new(int.MaxValue, int.MaxValue, 2, int.MaxValue, 1);
        Assert.That(() => layer.Forward([], shape, null, []), Throws.TypeOf<SizeOverflowException>());
    }

    [Test]
    public void Forward_WrongChannels_NamesBoth()
    {
        using ConvLstm layer = new(Context, Options);
        Assert.That(
            () => layer.Forward(new float[96], Shape with { Channels = 3 }, null, new float[96]),
            Throws.ArgumentException.With.Message.Contains("expected 2 channels, got 3"));
    }

    [Test]
    public void Forward_WrongLengths_NameArgumentExpectedAndActual()
    {
        using ConvLstm layer = new(Context, Options);
        Assert.That(
            () => layer.Forward(new float[63], Shape, null, new float[96]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("x").And.Message.Contains("expected 64 elements, got 63"));
        Assert.That(
            () => layer.Forward(new float[64], Shape, null, new float[97]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("y").And.Message.Contains("expected 96 elements, got 97"));
    }

    [Test]
    public void Forward_OverlappingSpans_ThrowsInvalidArgument()
    {
        using ConvLstm layer = new(Context, Options with { HiddenChannels = 2 });
        float[] memory = new float[80];
        Assert.That(
            () => layer.Forward(memory.AsSpan(0, 64), Shape, null, memory.AsSpan(16, 64)),
            Throws.TypeOf<InvalidArgumentException>().With.Message.Contains("overlap"));
    }

    [Test]
    public void Forward_StateOfAnotherShape_ThrowsShapeMismatch()
    {
        using ConvLstm layer = new(Context, Options);
        using RecurrentState state = layer.CreateState(Shape with { Height = 5 });
        Assert.That(() => layer.Forward(new float[64], Shape, state, new float[96]), Throws.TypeOf<ShapeMismatchException>());
    }

    [Test]
    public void Forward_MissingInputTensor_ThrowsArgumentNull()
    {
        using ConvLstm layer = new(Context, Options);
        using Tensor y = Tensor.Create(Context, 1, 2, 3, 4, 4);
        Assert.That(() => layer.Forward(null, Shape, null, y), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("x"));
    }

    [Test]
    public void SetParameter_NonFinite_ThrowsAndChangesNothing()
    {
        using ConvLstm layer = new(Context, Options);
        layer.Initialize(7);
        float[] before = new float[4 * 3 * 2 * 9];
        layer.GetParameter("input_kernel", before);
        float[] bad = [.. before];
        bad[^1] = float.PositiveInfinity;
        Assert.That(() => layer.SetParameter("input_kernel", bad), Throws.TypeOf<NotFiniteException>());
        float[] after = new float[before.Length];
        layer.GetParameter("input_kernel", after);
        Assert.That(after, Is.EqualTo(before));
    }

    [Test]
    public void SetParameter_UnknownName_ListsTheKnown()
    {
        using ConvLstm layer = new(Context, Options);
        Assert.That(
            () => layer.SetParameter("peephole", new float[9]),
            Throws.ArgumentException.With.Message.Contains("input_kernel, recurrent_kernel, bias").And.Message.Contains("peephole"));
    }

    [Test]
    public void Tape_OfAnotherLayer_ThrowsArgument()
    {
        using ConvLstm layer = new(Context, Options);
        using ConvLstm other = new(Context, Options);
        using TrainingTape tape = other.CreateTape(Shape);
        using Tensor x = Tensor.Create(Context, Shape.Dimensions());
        using Tensor y = Tensor.Create(Context, layer.OutputShape(Shape).Dimensions());
        Assert.That(
            () => layer.ForwardTraining(x, Shape, null, tape, y), Throws.ArgumentException.With.Property("ParamName").EqualTo("tape"));
    }

    [Test]
    public void Tape_AfterItsLayersCacheIsTrimmed_StillWorks()
    {
        using ConvLstm layer = new(Context, Options);
        using TrainingTape tape = layer.CreateTape(Shape);
        layer.TrimCache();
        using Tensor x = Tensor.Create(Context, Shape.Dimensions());
        using Tensor y = Tensor.Create(Context, layer.OutputShape(Shape).Dimensions());
        layer.ForwardTraining(x, Shape, null, tape, y);
        layer.Backward(x, Shape, tape, y, null, null);
        Assert.That(DebugCounters.Read(NativeObjectKind.Session).Objects, Is.EqualTo(1));
    }

    [Test]
    public void AnyCall_Disposed_ThrowsObjectDisposed()
    {
        ConvLstm layer = new(Context, Options);
        layer.Forward(new float[64], Shape, null, new float[96]);
        layer.Dispose();
        layer.Dispose();
        Assert.That(() => layer.Forward(new float[64], Shape, null, new float[96]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => layer.Initialize(1), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => layer.CreateState(Shape), Throws.TypeOf<ObjectDisposedException>());
    }
}
