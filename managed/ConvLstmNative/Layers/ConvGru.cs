namespace ConvLstmNative;

/// <summary>
/// A ConvGRU layer (Ballas et al. 2016), gates z, r, n; ∗ is a cross-correlation, ∘ a product by element:
/// <code>
/// z  = gate(Wxz∗x + Whz∗h + bz)
/// r  = gate(Wxr∗x + Whr∗h + br)
/// n  = act(Wxn∗x + Whn∗(r∘h) + bn)          or, with the reset gate after the convolution,
/// n  = act(Wxn∗x + bn + r∘(Whn∗h + b'n))
/// h' = z∘h + (1 − z)∘n
/// </code>
/// The state has one part, h.
/// </summary>
public sealed class ConvGru : RecurrentLayer
{
    /// <summary>Creates a layer whose parameters are zeros.</summary>
    /// <exception cref="InvalidArgumentException">The options hold a value that the native library does not accept.</exception>
    public ConvGru(Context context, ConvGruOptions options)
        : base(context, options) => Options = options;

    /// <inheritdoc/>
    public override ConvGruOptions Options { get; }
}
