using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvLstmNative.Benchmarks;

/// <summary>What the native benchmark wrote: this library beside oneDNN, and the peaks that .NET cannot measure.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Rows">What.</param>
internal sealed record NativeResults(NativeResults.Facts Machine, IReadOnlyList<NativeResults.Row> Rows)
{
    /// <summary>Reads the file of the native benchmark.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static NativeResults Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<NativeResults>(File.ReadAllText(path), ResultFile.Format) is { Machine: not null, Rows: not null } results
                ? results
                : throw new InvalidDataException($"--native: expected {{machine, rows}}, got '{path}'");
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new InvalidDataException($"--native: {exception.Message}", exception);
        }
    }

    /// <summary>These rows, and of an earlier run those of shapes that are not among them.</summary>
    public NativeResults With(NativeResults? earlier) => this with
    {
        Rows = [.. Rows, .. (earlier?.Rows ?? []).Where(row => Rows.All(mine => mine.Id != row.Id))],
    };

    /// <summary>Of the machine.</summary>
    internal sealed record Facts(double FmaPeakGflops, double? Bf16PeakGflops, string Peers);

    /// <summary>One shape and policy.</summary>
    internal sealed record Row(string Id, string Policy, double? Speedup, string? BestPeer, bool IsNoisy)
    {
        /// <summary>What else there is: it is written again as it was read.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Others { get; init; }
    }
}
