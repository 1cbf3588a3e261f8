using System.Text.Json;

namespace ConvLstmNative.Benchmarks;

/// <summary>What the native benchmark wrote: this library beside oneDNN, and the peaks that .NET cannot measure.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Rows">What.</param>
internal sealed record NativeResults(NativeResults.Facts Machine, IReadOnlyList<NativeResults.Row> Rows)
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Reads the file of the native benchmark.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static NativeResults Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<NativeResults>(File.ReadAllText(path), Format) is { Machine: not null, Rows: not null } results
                ? results
                : throw new InvalidDataException($"--native: expected {{machine, rows}}, got '{path}'");
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new InvalidDataException($"--native: {exception.Message}", exception);
        }
    }

    /// <summary>Of the machine.</summary>
    internal sealed record Facts(double FmaPeakGflops, double? Bf16PeakGflops, string Peers);

    /// <summary>One shape and policy.</summary>
    internal sealed record Row(string Id, string Policy, double? Speedup, string? BestPeer, bool IsNoisy);
}
