using NUnit.Framework;
using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

/// <summary>Tests that need libtorch, and are skipped with the reason where it does not load.</summary>
public abstract class TorchFixture
{
    private const int LongestReason = 200;
    private static readonly Lazy<string?> Problem = new(Load);

    [OneTimeSetUp]
    public void SkipWithoutTorch()
    {
        if (Problem.Value is { } problem)
        {
            Assert.Ignore(
                $"TorchSharp does not load: {problem} (Linux x64 and the libstdc++ of GCC 13 are needed; "
                + "beside GCC 12, ../shared/tools/torchsharp-on-gcc12.sh after a restore may help, where it exists; then rebuild)");
        }
    }

    private static string? Load()
    {
        try
        {
            torch.set_num_threads(1); // the arrays are tiny
            using torch.Tensor one = torch.ones(1);
            return null;
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or NotSupportedException or EntryPointNotFoundException)
        {
            return Reason(exception.GetBaseException().Message);
        }
    }

    /// <summary>Of TorchSharp's whole account of what it tried: the loader's word on libstdc++, or how the account begins.</summary>
    private static string Reason(string account)
    {
        string[] lines = account.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string line = lines.FirstOrDefault(text => text.Contains("GLIBCXX", StringComparison.Ordinal)) ?? lines[0];
        return line.Length > LongestReason ? line[..LongestReason] : line;
    }
}
