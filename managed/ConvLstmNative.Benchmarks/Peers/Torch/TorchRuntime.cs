using TorchSharp;

namespace ConvLstmNative.Benchmarks;

/// <summary>libtorch: whether it loads, and with how many threads it runs.</summary>
internal static class TorchRuntime
{
    private const int LongestReason = 200;

    public static string Version => torch.__version__;

    /// <summary>Null where libtorch runs with this many threads; else why it does not.</summary>
    public static string? Load(int threads)
    {
        try
        {
            torch.set_num_threads(threads);
            using torch.Tensor one = torch.ones(1);
            return null;
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or NotSupportedException or EntryPointNotFoundException)
        {
            string[] lines = exception.GetBaseException().Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            string line = lines.FirstOrDefault(text => text.Contains("GLIBCXX", StringComparison.Ordinal)) ?? lines[0];
            return line.Length > LongestReason ? line[..LongestReason] : line;
        }
    }
}
