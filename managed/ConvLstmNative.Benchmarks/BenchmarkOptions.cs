namespace ConvLstmNative.Benchmarks;

/// <summary>What was asked for.</summary>
/// <param name="Shapes">Identifiers of shapes.</param>
/// <param name="Peers">Names of peers.</param>
/// <param name="IsQuick">Fewer rounds, forms and streams.</param>
/// <param name="ChecksOnly">Outputs are compared, nothing is timed.</param>
/// <param name="HasInference">Sequences and streams.</param>
/// <param name="HasTraining">Training steps.</param>
/// <param name="Threads">For everybody.</param>
/// <param name="Native">What the native benchmark wrote, if it was run.</param>
/// <param name="Output">Folder for the results.</param>
internal sealed record BenchmarkOptions(
    IReadOnlyCollection<string> Shapes,
    IReadOnlyCollection<string> Peers,
    bool IsQuick,
    bool ChecksOnly,
    bool HasInference,
    bool HasTraining,
    int Threads,
    FileInfo? Native,
    DirectoryInfo Output)
{
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
