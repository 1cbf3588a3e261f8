using System.Text.Json;

namespace ConvLstmNative.Benchmarks;

/// <summary>{machine, rows} as JSON.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Rows">What.</param>
internal sealed record ResultFile(Machine Machine, IReadOnlyList<ResultRow> Rows)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Format) + "\n");
}
