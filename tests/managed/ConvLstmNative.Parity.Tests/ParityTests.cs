using System.Globalization;
using NUnit.Framework;

namespace ConvLstmNative.Parity.Tests;

/// <summary>The library in 32-bit floats against libtorch's functions and autograd in 64-bit ones, on random cases; the
/// environment variable CLN_PARITY_CASES says how many.</summary>
public sealed class ParityTests : TorchFixture
{
    private const string CountVariable = "CLN_PARITY_CASES";
    private const int DefaultCount = 240;
    private const double Tolerance = 2e-5;

    /// <summary>Of the largest gradient (of 1 for outputs and states): what cancels to almost nothing still carries the
    /// rounding of what it was.</summary>
    private const double Floor = 0.05;

    [TearDown]
    public void AssertNothingIsAlive() =>
        Assert.That(DebugCounters.Total(), Is.EqualTo(new LiveCount(0, 0)), "live native objects and bytes after the test");

    [TestCaseSource(nameof(Seeds))]
    public void ForwardBackward_RandomCase_EqualsTorch(int seed)
    {
        LayerCase layer = CaseGenerator.Draw(seed);
        using LibraryRun run = new(layer);
        Numbers numbers = NumbersFactory.Draw(layer, run.Parameters, run.StateParts, seed);
        run.SetParameters(numbers);
        Outcome expected = TorchRun.Run(layer, numbers);
        Dictionary<string, float[]> actual = run.Train(numbers);
        double gradients = expected.Where(array => IsGradient(array.Key)).Max(array => array.Value.Select(Math.Abs).Append(0).Max());
        Assert.Multiple(() =>
        {
            foreach ((string name, float[] values) in actual)
            {
                double floor = IsGradient(name) ? Math.Max(Floor * gradients, 1e-20) : Floor;
                Assert.That(Arrays.Distance(values, expected[name], floor), Is.LessThan(ToleranceOf(layer)), $"{name} of {layer}");
            }
        });
    }

    [TestCaseSource(nameof(Seeds))]
    public void Inference_RandomCase_EqualsTorchThatDropsNothing(int seed)
    {
        LayerCase layer = CaseGenerator.Draw(seed);
        using LibraryRun run = new(layer);
        Numbers numbers = NumbersFactory.Draw(layer, run.Parameters, run.StateParts, seed);
        run.SetParameters(numbers);
        double[] expected = TorchRun.Run(layer with { IsTraining = false }, numbers)["y"];
        Assert.That(Arrays.Distance(run.Infer(numbers), expected, Floor), Is.LessThan(ToleranceOf(layer)), $"{layer}");
    }

    /// <summary>A normalization of almost equal numbers divides by little more than the root of epsilon, and rounding grows with
    /// that.</summary>
    private static double ToleranceOf(LayerCase layer) =>
        layer.Normalization == NormalizationKind.None ? Tolerance : Tolerance * (1 + (0.1 / Math.Sqrt(layer.NormEpsilon)));

    private static IEnumerable<int> Seeds() => Enumerable.Range(
        0, int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? $"{DefaultCount}", CultureInfo.InvariantCulture));

    private static bool IsGradient(string name) => name != "y" && !name.StartsWith("state.", StringComparison.Ordinal);
}
