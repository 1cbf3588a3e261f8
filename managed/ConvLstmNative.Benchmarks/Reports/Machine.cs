using System.Runtime.InteropServices;

namespace ConvLstmNative.Benchmarks;

/// <summary>Where the figures come from.</summary>
internal sealed record Machine
{
    public required string Processor { get; init; }

    public required int Processors { get; init; }

    /// <summary>For everybody.</summary>
    public required int Threads { get; init; }

    public required string InstructionSet { get; init; }

    public required double FmaPeakGflops { get; init; }

    /// <summary>Of dot products of bfloat16; null where it is not known.</summary>
    public required double? Bf16PeakGflops { get; init; }

    public string System { get; } = RuntimeInformation.OSDescription;

    public string Dotnet { get; } = RuntimeInformation.FrameworkDescription;

    public required string Library { get; init; }

    public required string OnnxRuntime { get; init; }

    /// <summary>Version, or why it did not load.</summary>
    public required string Libtorch { get; init; }

    /// <summary>As the system tells it at the end; the benchmark itself is part of it.</summary>
    public string LoadAverage { get; } = ReadLine("/proc/loadavg", _ => true) ?? "unknown";

    public string Date { get; } = Now();

    public static Machine Describe(int threads, string libtorch, Peaks peaks)
    {
        using Context context = Context.Cpu(threads);
        string? model = ReadLine("/proc/cpuinfo", line => line.StartsWith("model name", StringComparison.Ordinal));
        return new Machine
        {
            Processor = model?.Split(':', 2)[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Processors = Environment.ProcessorCount,
            Threads = threads,
            InstructionSet = context.InstructionSet,
            FmaPeakGflops = peaks.Fma,
            Bf16PeakGflops = peaks.Bfloat16Dot,
            Library = NativeRuntime.Version,
            OnnxRuntime = OnnxInference.Version,
            Libtorch = libtorch,
        };
    }

    /// <summary>The time, as the files write it.</summary>
    public static string Now() => DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", global::System.Globalization.CultureInfo.InvariantCulture);

    private static string? ReadLine(string path, Func<string, bool> isWanted) =>
        File.Exists(path) ? File.ReadLines(path).FirstOrDefault(isWanted) : null;
}
