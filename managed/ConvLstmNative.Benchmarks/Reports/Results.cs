namespace ConvLstmNative.Benchmarks;

/// <summary>The figures of a run, and those of earlier runs that it does not measure anew: a long run may be done in parts.</summary>
internal sealed class Results
{
    private readonly string _folder;
    private readonly List<ResultRow> _inference = [];
    private readonly List<ResultRow> _training = [];

    /// <param name="folder">Where the files are.</param>
    /// <param name="machine">Where this runs: rows of another machine, or with other threads, do not count.</param>
    /// <param name="isFresh">Whether earlier rows of inference, or of training, are forgotten.</param>
    public Results(string folder, Machine machine, Func<bool, bool> isFresh)
    {
        _folder = folder;
        ResultFile.Place here = new(machine.Processor, machine.Threads, machine.InstructionSet);
        _training.AddRange(Earlier(isTraining: true)?.Rows ?? []);
        ResultFile.Earlier? inference = Earlier(isTraining: false);
        _inference.AddRange(inference?.Rows ?? []);
        Calls = inference?.Calls ?? [];
        Native = inference?.Native;

        ResultFile.Earlier? Earlier(bool isTraining) =>
            !isFresh(isTraining) && ResultFile.Read(FileOf(isTraining)) is { } file && file.Machine == here ? file : null;
    }

    public IReadOnlyList<CallCost> Calls { get; set; } = [];

    /// <summary>Beside oneDNN.</summary>
    public NativeResults? Native { get; set; }

    public IReadOnlyList<ResultRow> Rows(bool isTraining) => isTraining ? _training : _inference;

    /// <summary>Whether there are rows of a shape, and none is noisy.</summary>
    public bool HasGood(BenchmarkShape shape, bool isTraining)
    {
        ResultRow[] rows = [.. Rows(isTraining).Where(row => row.Id == shape.Id)];
        return rows.Length > 0 && rows.All(row => !row.IsNoisy);
    }

    /// <summary>Takes the rows of a shape in the place of earlier ones.</summary>
    public void Put(IReadOnlyList<ResultRow> made, bool isTraining)
    {
        List<ResultRow> rows = isTraining ? _training : _inference;
        rows.RemoveAll(row => made.Any(mine => mine.Id == row.Id));
        rows.AddRange(made);
        string[] order = [.. BenchmarkShape.All.Select(shape => shape.Id), .. BenchmarkShape.All.Select(shape => shape.Stream.Id)];
        ResultRow[] sorted = [.. rows.OrderBy(row => Array.IndexOf(order, row.Id))]; // keeps the order within a shape
        rows.Clear();
        rows.AddRange(sorted);
    }

    /// <summary>How far the goals are by all that is known.</summary>
    public IReadOnlyList<Goal> Goals(bool isTraining) => isTraining
        ? [.. Benchmarks.Goals.OfTraining(_training)]
        : [.. Benchmarks.Goals.OfInference(_inference), .. Benchmarks.Goals.OfErrors(_inference), .. Benchmarks.Goals.OfNative(Native), .. Benchmarks.Goals.OfCalls(Calls)];

    /// <summary>Writes the file of one kind, and the chart.</summary>
    public void Write(Machine machine, bool isTraining)
    {
        ResultFile file = isTraining
            ? new ResultFile(machine, _training, [], null, Goals(isTraining))
            : new ResultFile(machine, _inference, Calls, Native, Goals(isTraining));
        file.Write(FileOf(isTraining));
        SpeedupChart.Write(Path.Combine(_folder, "speedups.png"), _inference, _training, Native, machine);
    }

    private string FileOf(bool isTraining) => Path.Combine(_folder, isTraining ? "training.json" : "inference.json");
}
