using Spectre.Console;
using static System.FormattableString;

namespace ConvLstmNative.Cli;

/// <summary>Plans as a table on the console: how each layer runs and why, what it computes, what memory it takes.</summary>
internal static class PlanTable
{
    public static void Write(ToolConsole console, string title, Device device, IReadOnlyList<LayerPlan> plans)
    {
        ExecutionPlan first = plans[0].Plan;
        string by = device.Kind == DeviceKind.Cpu ? Counted(first.Threads, "thread") : Words.Of(device.Math);
        console.Line(Invariant($"[bold]{Markup.Escape(title)}[/]: {Markup.Escape(first.Device)}, {Markup.Escape(first.InstructionSet)}, ")
            + Invariant($"{by}, policy {Words.Of(first.Policy)}"));
        Table table = new Table { Border = TableBorder.Rounded, ShowRowSeparators = true }
            .AddColumn(new TableColumn("layer").NoWrap())
            .AddColumn(new TableColumn("how and why"))
            .AddColumn(new TableColumn("multiply-adds").NoWrap().RightAligned())
            .AddColumn(new TableColumn("memory").NoWrap().RightAligned());
        foreach (LayerPlan layer in plans)
        {
            foreach (CellPlan cell in layer.Plan.Cells)
                table.AddRow(Name(layer, cell), How(cell), Work(cell), Memory(cell));
        }

        console.Out.Write(table);
        foreach (LayerPlan layer in plans.Where(layer => layer.Plan.Stack is not null))
            console.Line($"{Markup.Escape(layer.Layer)}: {Markup.Escape(layer.Plan.Stack!)}");
        console.Line($"[grey]{Total(plans)}[/]");
    }

    private static string Name(LayerPlan layer, CellPlan cell)
    {
        IReadOnlyList<CellPlan> cells = layer.Plan.Cells;
        string[] lines =
        [
            Markup.Escape(layer.Layer),
            .. cells.Any(other => other.Layer > 0) ? [Invariant($"layer {cell.Layer}")] : Array.Empty<string>(),
            .. cells.Any(other => other.Direction == RecurrentDirection.Reverse)
                ? [cell.Direction == RecurrentDirection.Reverse ? "reverse" : "forward"] : Array.Empty<string>(),
            Invariant($"[grey]{Steps(layer.Plan)} x {string.Join('x', cell.InputSize)}[/]"),
        ];
        return string.Join('\n', lines);
    }

    private static string Steps(ExecutionPlan plan) => plan.Batch == 1 ? Counted(plan.Steps, "step") : Invariant($"{plan.Batch} x {Counted(plan.Steps, "step")}");

    private static string How(CellPlan cell)
    {
        string chosenBy = cell.ChosenBy switch
        {
            ExecutorChoice.Environment => "[yellow]named by CLN_EXECUTOR[/]",
            ExecutorChoice.Tuning => "[aqua]of the tuning file[/]",
            _ => "[green]first of the list that takes it[/]",
        };
        string[] lines =
        [
            $"[bold]{Markup.Escape(cell.Executor)}[/], {chosenBy}",
            .. cell.PassedOver.Select(other => $"[yellow]not {Markup.Escape(other.Executor)}[/]: {Markup.Escape(other.Why)}"),
            Markup.Escape(cell.Algorithm) + Input(cell),
            Markup.Escape(cell.Tiling),
            $"[grey]{Markup.Escape(cell.Description)}[/]",
        ];
        return string.Join('\n', lines.Where(line => line.Length > 0));
    }

    private static string Input(CellPlan cell) => cell.InputComputation switch
    {
        InputComputation.Folded => ", the input folded in",
        InputComputation.Hoisted => ", the input hoisted over the steps",
        InputComputation.Apart => ", the input apart",
        _ => string.Empty,
    };

    private static string Work(CellPlan cell)
    {
        string[] lines =
        [
            Count(cell.MultiplyAdds),
            Change(cell.MultiplyAdds, cell.ComputedMultiplyAdds),
            .. cell.Estimates.Where(estimate => estimate.Name != cell.Executor && !cell.Algorithm.EndsWith(estimate.Name, StringComparison.Ordinal))
                .Select(estimate => $"[grey]{Markup.Escape(estimate.Name)} {Count(estimate.MultiplyAdds)}[/]"),
        ];
        return string.Join('\n', lines);
    }

    // Padding of edges and vectors that is not worth a colour leaves the text plain.
    private static string Change(double equations, double computed)
    {
        double ratio = computed / equations;
        string text = Invariant($"computed {Count(computed)}, x{ratio:0.00}");
        return ratio < 1 ? $"[green]{text}[/]" : ratio > 1.5 ? $"[yellow]{text}[/]" : text;
    }

    private static string Memory(CellPlan cell) => Invariant($"weights {Bytes(cell.WeightBytes)}\nwork {Bytes(cell.WorkBytes)}");

    private static string Total(IReadOnlyList<LayerPlan> plans)
    {
        CellPlan[] cells = [.. plans.SelectMany(layer => layer.Plan.Cells)];
        return Invariant($"In all {Count(cells.Sum(cell => cell.ComputedMultiplyAdds))} multiply-adds, ")
            + Invariant($"weights {Bytes(cells.Sum(cell => cell.WeightBytes))}, work {Bytes(cells.Sum(cell => cell.WorkBytes))}; ")
            + Invariant($"training keeps {Bytes(plans.Sum(layer => layer.Plan.ReserveBytes))}.");
    }

    private static string Counted(int count, string what) => count == 1 ? $"1 {what}" : Invariant($"{count} {what}s");

    private static string Count(double count) => Scaled(count, 1000, ["", " k", " M", " G", " T", " P", " E"]);

    private static string Bytes(long bytes) => Scaled(bytes, 1024, [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"]);

    private static string Scaled(double value, double step, string[] units)
    {
        int unit = 0;
        for (; value >= step && unit < units.Length - 1; unit++)
            value /= step;
        return unit == 0 ? Invariant($"{value:0}{units[unit]}") : Invariant($"{value:G3}{units[unit]}");
    }
}
