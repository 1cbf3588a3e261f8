using NUnit.Framework;
using TorchSharp;

namespace ConvLstmNative.Parity.Tests;

/// <summary>Tests that need libtorch, and are skipped with the reason where it does not load.</summary>
public abstract class TorchFixture
{
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
            return exception.GetBaseException().Message.ReplaceLineEndings(" ");
        }
    }
}
