using System.Text.Json;

namespace ConvLstmNative.Benchmarks;

/// <summary>{machine, rows} as JSON, with what a call costs, the rows of the native benchmark and how far the goals are behind
/// them.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Rows">What.</param>
/// <param name="Calls">What the managed layer adds to a call.</param>
/// <param name="Native">Beside oneDNN.</param>
/// <param name="Goals">What was to be reached.</param>
internal sealed record ResultFile(
    Machine Machine, IReadOnlyList<ResultRow> Rows, IReadOnlyList<CallCost> Calls, NativeResults? Native, IReadOnlyList<Goal> Goals)
{
    public static JsonSerializerOptions Format { get; } = new()
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

    /// <summary>What an earlier run left; null where there is nothing that can be read.</summary>
    public static Earlier? Read(string path)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<Earlier>(File.ReadAllText(path), Format) is { Machine: not null, Rows: not null } file
                ? file
                : null;
        }
        catch (JsonException)
        {
            return null; // of another version
        }
    }

    /// <summary>What of a file goes on to count.</summary>
    internal sealed record Earlier(Place Machine, IReadOnlyList<ResultRow> Rows, IReadOnlyList<CallCost>? Calls, NativeResults? Native);

    /// <summary>What figures must share to stand in one table.</summary>
    internal sealed record Place(string Processor, int Threads, string InstructionSet);
}
