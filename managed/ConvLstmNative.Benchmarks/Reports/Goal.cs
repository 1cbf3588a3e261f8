using static System.FormattableString;

namespace ConvLstmNative.Benchmarks;

/// <summary>Something that the project wants to reach, and how far it is.</summary>
/// <param name="Name">What is looked at.</param>
/// <param name="Value">What came out; null where nothing of it was measured.</param>
/// <param name="Must">What it must be: at least, or of a cost at most.</param>
/// <param name="Unit">Behind the figures: x, %, ns, bytes; empty for an error.</param>
/// <param name="IsCost">Whether less is better.</param>
/// <param name="Missing">What should have been measured too, and was not.</param>
/// <param name="IsNoisy">Whether a row that it rests on is noisy.</param>
internal sealed record Goal(
    string Name, double? Value, double Must, string Unit, bool IsCost, IReadOnlyList<string> Missing, bool IsNoisy)
{
    /// <summary>Null where not everything was measured, or something of it badly.</summary>
    public bool? IsReached => Value is not { } value || Missing.Count > 0 || IsNoisy ? null : IsCost ? value <= Must : value >= Must;

    public override string ToString() =>
        Invariant($"{Name,-72}{Text(Value),10}   must {(IsCost ? "<=" : ">=")} {Text(Must),-9}")
        + (IsReached, Value) switch
        {
            (true, _) => "reached",
            (false, _) => "NOT reached",
            (_, null) => "not measured",
            _ when Missing.Count > 0 => $"not judged, without {string.Join(", ", Missing)}",
            _ => "not judged, noisy: again with --resume",
        };

    private string Text(double? value) => value is not { } number
        ? "-"
        : Unit switch
        {
            "x" => Invariant($"{number:0.00}x"),
            "" => Invariant($"{number:0.0e0}"),
            "%" => Invariant($"{100 * number:0.0}%"),
            _ => Invariant($"{number:0.#} {Unit}"),
        };
}
