namespace ConvLstmNative;

/// <summary>
/// A ConvLSTM layer (Shi et al. 2015): convolutional input and recurrence, gates i, f, g, o; ∗ is a cross-correlation, ∘ a product
/// by element:
/// <code>
/// i  = gate(Wxi∗x + Whi∗h + Wci∘c + bi)
/// f  = gate(Wxf∗x + Whf∗h + Wcf∘c + bf + forget bias)
/// c' = clip(f∘c + i∘act(Wxc∗x + Whc∗h + bc))
/// o  = gate(Wxo∗x + Who∗h + Wco∘c' + bo)
/// h' = o∘act(c')
/// </code>
/// The state has the parts h and c.
/// </summary>
public sealed class ConvLstm : RecurrentLayer
{
    /// <summary>Creates a layer whose parameters are zeros.</summary>
    /// <exception cref="InvalidArgumentException">The options hold a value that the native library does not accept.</exception>
    public ConvLstm(Context context, ConvLstmOptions options)
        : base(context, options) => Options = options;

    /// <inheritdoc/>
    public override ConvLstmOptions Options { get; }
}
