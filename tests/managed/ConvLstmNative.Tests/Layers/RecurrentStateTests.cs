using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class RecurrentStateTests : NativeFixture
{
    private static readonly ConvLstmOptions Lstm = new() { InputChannels = 1, HiddenChannels = 2 };
    private static readonly SpatioTemporalLstmOptions Spatiotemporal = new() { InputChannels = 1, HiddenChannels = 2 };
    private static readonly SequenceShape Shape = new(2, 3, 1, 5, 4);

    private static IEnumerable<TestCaseData> Names()
    {
        yield return new(Lstm, "h c");
        yield return new(new ConvGruOptions { InputChannels = 1, HiddenChannels = 2 }, "h");
        yield return new(Spatiotemporal, "h c m");
        yield return new(Lstm with { Direction = RecurrentDirection.Bidirectional }, "forward.h forward.c reverse.h reverse.c");
        yield return new(Lstm with { Layers = 2 }, "layers.0.h layers.0.c layers.1.h layers.1.c");
        yield return new(
            new ConvGruOptions { InputChannels = 1, HiddenChannels = 2, Layers = 2, Direction = RecurrentDirection.Bidirectional },
            "layers.0.forward.h layers.0.reverse.h layers.1.forward.h layers.1.reverse.h");
        yield return new(Spatiotemporal with { Layers = 2 }, "layers.0.h layers.0.c layers.1.h layers.1.c m");
        yield return new(Spatiotemporal with { Direction = RecurrentDirection.Bidirectional }, "forward.h forward.c forward.m reverse.h reverse.c reverse.m");
    }

    [TestCaseSource(nameof(Names))]
    public void PartNames_OfEveryComposition_AreTheDocumentedOnes(RecurrentOptions options, string names)
    {
        using RecurrentLayer layer = RecurrentLayer.Create(Context, options);
        using RecurrentState state = layer.CreateState(Shape);
        Assert.That(string.Join(' ', state.PartNames), Is.EqualTo(names));
        foreach ((int index, string name) in state.PartNames.Index())
        {
            float[] values = Numbers.Random(index, state.PartElementCount);
            float[] read = Numbers.Poisoned(values.Length);
            state.SetPart(index, values);
            state.GetPart(name, read);
            Assert.That(read, Is.EqualTo(values), name);
        }

        state.Reset();
        Assert.That(LayerRun.Parts(state).Values, Has.All.All.Zero);
    }

    [Test]
    public void PartShape_StridedLayer_IsThatOfItsOutput()
    {
        using ConvLstm layer = new(Context, Lstm with { InputStride = 2 });
        using RecurrentState state = layer.CreateState(Shape);
        Assert.That(state.PartShape, Is.EqualTo(new long[] { 2, 2, 3, 2 }));
        Assert.That(state.PartElementCount, Is.EqualTo(24));
    }

    [Test]
    public void Parts_NotThere_ListTheKnown()
    {
        using ConvGru layer = new(Context, new ConvGruOptions { InputChannels = 1, HiddenChannels = 2 });
        using RecurrentState state = layer.CreateState(Shape);
        float[] values = new float[state.PartElementCount];
        state.SetHidden(values);
        Assert.That(() => state.GetCell(values), Throws.ArgumentException.With.Message.Contains("one of h, got 'c'"));
        Assert.That(() => state.GetPart(1, values), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("0 to 0, got 1"));
        Assert.That(() => state.GetPart(-1, values), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => state.SetPart(0, values.AsSpan(1)), Throws.ArgumentException.With.Property("ParamName").EqualTo("values"));
    }

    [Test]
    public void CopyTo_StateOfAnotherCell_ThrowsShapeMismatch()
    {
        using ConvLstm lstm = new(Context, Lstm);
        using SpatioTemporalLstm other = new(Context, Spatiotemporal);
        using RecurrentState from = lstm.CreateState(Shape);
        using RecurrentState to = other.CreateState(Shape);
        Assert.That(() => from.CopyTo(to), Throws.TypeOf<ShapeMismatchException>());
    }

    [Test]
    public void Forward_SequenceCutInTwo_CarriesEveryPart()
    {
        using SpatioTemporalLstm layer = LayerRun.Fill(new SpatioTemporalLstm(Context, Spatiotemporal with { Layers = 2, Layout = SequenceLayout.TimeFirst }));
        float[] x = Numbers.Random(3, Shape.ElementCount);
        float[] whole = LayerRun.Forward(layer, Shape, x);
        float[] parts = Numbers.Poisoned(whole.Length);
        using RecurrentState state = layer.CreateState(Shape);
        int frame = x.Length / 3, output = whole.Length / 3;
        layer.Forward(x.AsSpan(0, frame), Shape with { Steps = 1 }, state, parts.AsSpan(0, output));
        layer.Forward(x.AsSpan(frame), Shape with { Steps = 2 }, state, parts.AsSpan(output));
        Assert.That(parts, Is.EqualTo(whole).Within(1e-5f));
    }
}
