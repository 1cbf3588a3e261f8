using System.Text.Json;

namespace ConvLstmNative.Benchmarks;

/// <summary>{machine, rows} as JSON, with what a call costs, and how far the goals are, behind them.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Rows">What.</param>
/// <param name="Calls">What the managed layer adds to a call.</param>
/// <param name="Goals">What was to be reached.</param>
internal sealed record ResultFile(Machine Machine, IReadOnlyList<ResultRow> Rows, IReadOnlyList<CallCost> Calls, IReadOnlyList<Goal> Goals)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>To a temporary name first, so that a run can be cut off at any time.</summary>
    public void Write(string path)
    {
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, Format) + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }
}
