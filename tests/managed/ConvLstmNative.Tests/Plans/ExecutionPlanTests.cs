using System.Text.Json;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

public class ExecutionPlanTests : NativeFixture
{
    private static readonly SequenceShape Images = new(Batch: 1, Steps: 10, Channels: 1, Height: 64, Width: 64);

    [Test]
    public void Explain_LargeLayer_GoesByWinogradAndComputesLess()
    {
        using Context context = Context.Cpu(2);
        using ConvLstm layer = new(context, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 64 });

        ExecutionPlan plan = layer.Explain(Images);
        CellPlan cell = plan.Cells.Single();

        Assert.That(plan.Device, Is.EqualTo("cpu"));
        Assert.That((plan.InstructionSet, plan.Threads, plan.Policy), Is.EqualTo((context.InstructionSet, 2, ComputePolicy.Fast)));
        Assert.That((plan.Batch, plan.Steps), Is.EqualTo((1, 10)));
        Assert.That(plan.Size, Is.EqualTo(new[] { 64, 64 }));
        Assert.That(cell.Executor, Is.EqualTo(layer.ExecutorFor(Images)).And.EqualTo("winograd_fused"));
        Assert.That(cell.ChosenBy, Is.EqualTo(ExecutorChoice.List));
        Assert.That(cell.PassedOver, Is.Empty);
        Assert.That(cell.MultiplyAdds, Is.EqualTo(10.0 * 64 * 64 * 256 * 65 * 9));
        Assert.That(cell.ComputedMultiplyAdds, Is.LessThan(cell.MultiplyAdds / 3));
        Assert.That(cell.TilingNumbers["tiles"], Is.EqualTo(256));
        Assert.That(cell.Estimates.Select(estimate => estimate.Name), Does.Contain("direct_fused").And.Contain("F(2x2, 3x3)"));
        Assert.That(cell.Estimates.Single(estimate => estimate.Name == cell.Executor).MultiplyAdds, Is.EqualTo(cell.ComputedMultiplyAdds));
    }

    [Test]
    public void Explain_PolicyExact_SaysWhatStandsAgainstWinograd()
    {
        using Context context = Context.Cpu(1, ComputePolicy.Exact);
        using ConvLstm layer = new(context, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 64 });

        CellPlan cell = layer.Explain(Images).Cells.Single();

        Assert.That(cell.Executor, Is.EqualTo("direct_fused"));
        Assert.That(cell.PassedOver, Is.EqualTo(new[] { new PassedOverExecutor("winograd_fused", "policy exact: it rounds more") }));
    }

    [Test]
    public void Explain_TrainingMemory_IsThatOfATape()
    {
        using Context context = Context.Cpu(1);
        using ConvGru layer = new(context, new ConvGruOptions { InputChannels = 2, HiddenChannels = 3 });
        SequenceShape shape = new(2, 4, 2, 5, 6);
        using TrainingTape tape = layer.CreateTape(shape);

        Assert.That(layer.Explain(shape).ReserveBytes, Is.EqualTo(tape.Bytes));
    }

    [Test]
    public void Explain_BidirectionalStack_HasACellEach()
    {
        using Context context = Context.Cpu(1);
        using ConvLstm layer = new(context, new ConvLstmOptions
        {
            InputChannels = 2, HiddenChannels = 3, Layers = 2, Direction = RecurrentDirection.Bidirectional, Rank = 3,
        });

        ExecutionPlan plan = layer.Explain(new SequenceShape(1, 2, 2, 4, 5, Depth: 3));

        Assert.That(plan.Size, Is.EqualTo(new[] { 3, 4, 5 }));
        Assert.That(
            plan.Cells.Select(cell => (cell.Layer, cell.Direction)),
            Is.EqualTo(new[]
            {
                (0, RecurrentDirection.Forward), (0, RecurrentDirection.Reverse), (1, RecurrentDirection.Forward), (1, RecurrentDirection.Reverse),
            }));
        Assert.That(plan.Cells.Select(cell => cell.InputComputation), Is.All.EqualTo(InputComputation.Folded));
    }

    [Test]
    public void Explain_Model_NamesEveryLayer()
    {
        using Context context = Context.Cpu(1);
        using SequenceModel model = new(context, new SequenceModelOptions
        {
            PatchSize = 2,
            Layers = [new RecurrentLayerOptions { HiddenChannels = 4 }, new RecurrentLayerOptions { HiddenChannels = 3 }],
        });

        IReadOnlyList<LayerPlan> plans = model.Explain(new SequenceShape(2, 5, 1, 8, 12), horizon: 3);

        Assert.That(plans.Select(layer => layer.Layer), Is.EqualTo(new[] { "encoder.0", "encoder.1", "forecaster.0", "forecaster.1", "head" }));
        Assert.That(plans.Select(layer => layer.Plan.Steps), Is.EqualTo(new[] { 5, 5, 3, 3, 3 }));
        Assert.That(plans.Select(layer => layer.Plan.Size), Is.All.EqualTo(new[] { 4, 6 }));
        Assert.That(plans.Select(layer => layer.Plan.Cells.Single().InputComputation), Is.EqualTo(new[]
        {
            InputComputation.Folded, InputComputation.Folded, InputComputation.None, InputComputation.Folded, InputComputation.Apart,
        }));
        Assert.That(() => model.Explain(new SequenceShape(2, 5, 1, 8, 12), horizon: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => model.Explain(new SequenceShape(2, 5, 1, 8, 11), horizon: 1), Throws.ArgumentException);
    }

    [Test]
    public void Json_HoldsThePlanAsTheNativeLibraryTellsIt()
    {
        using Context context = Context.Cpu(1);
        using Conv2d layer = new(context, new Conv2dOptions { InputChannels = 2, OutputChannels = 3, KernelSize = 3 });

        ExecutionPlan plan = layer.Explain(new SequenceShape(1, 2, 2, 4, 5));
        using JsonDocument json = JsonDocument.Parse(plan.Json);

        Assert.That(json.RootElement.GetProperty("cells")[0].GetProperty("executor").GetString(), Is.EqualTo(plan.Cells[0].Executor));
        Assert.That(json.RootElement.GetProperty("cells")[0].GetProperty("multiply_adds").GetInt64(), Is.EqualTo(2 * 20 * 2 * 3 * 9));
        Assert.That(() => layer.Explain(new SequenceShape(1, 2, 3, 4, 5)), Throws.ArgumentException);
    }
}
