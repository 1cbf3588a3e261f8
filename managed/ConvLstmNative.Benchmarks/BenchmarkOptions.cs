namespace ConvLstmNative.Benchmarks;

/// <summary>What was asked for.</summary>
/// <param name="Shapes">Identifiers of shapes.</param>
/// <param name="Peers">Names of peers.</param>
/// <param name="Resumes">What earlier runs have measured well is left out.</param>
/// <param name="IsQuick">Fewer rounds, forms and streams.</param>
/// <param name="ChecksOnly">Outputs are compared, nothing is timed.</param>
/// <param name="Parts">What is measured.</param>
/// <param name="Threads">For everybody.</param>
/// <param name="Native">What the native benchmark wrote, if it was run.</param>
/// <param name="Output">Folder for the results.</param>
internal sealed record BenchmarkOptions(
    IReadOnlyCollection<string> Shapes,
    IReadOnlyCollection<string> Peers,
    bool Resumes,
    bool IsQuick,
    bool ChecksOnly,
    BenchmarkParts Parts,
    int Threads,
    FileInfo? Native,
    DirectoryInfo Output)
{
    public bool HasInference => Parts.HasFlag(BenchmarkParts.Inference);

    public bool HasTraining => Parts.HasFlag(BenchmarkParts.Training);

    public bool HasCalls => Parts.HasFlag(BenchmarkParts.Calls);

    /// <summary>Whether rows of earlier runs are forgotten: a run of all shapes begins anew.</summary>
    public bool IsFresh(bool isTraining) =>
        !Resumes && Shapes.Count == BenchmarkShape.All.Count && (isTraining ? HasTraining : HasInference);

    /// <summary>The shapes to run, in the order of the table; streams last.</summary>
    public IEnumerable<BenchmarkShape> Select(bool isTraining)
    {
        BenchmarkShape[] asked = [.. BenchmarkShape.All.Where(shape => Shapes.Contains(shape.Id))];
        if (isTraining)
            return asked.Where(shape => shape.IsTrained);
        bool isShortened = IsQuick && asked.Length == BenchmarkShape.All.Count; // who names shapes gets all of them
        return [.. asked, .. asked.Where(shape => isShortened ? shape.IsStreamedQuickly : shape.IsStreamed).Select(shape => shape.Stream)];
    }
}
