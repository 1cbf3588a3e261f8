namespace ConvLstmNative;

/// <summary>
/// A layer of the spatiotemporal LSTM of PredRNN (Wang et al. 2017), gates i, f, g of the cell state, i', f', g' of the memory, and
/// o; ∗ is a cross-correlation, ∘ a product by element:
/// <code>
/// c' = f∘c + i∘g        i, f, g of x and h
/// m' = f'∘m + i'∘g'     i', f', g' of x and m
/// o  = gate(Wxo∗x + Who∗h + Wo∗[c', m'] + bo)
/// h' = o∘act(W1∗[c', m'])
/// </code>
/// The state has the parts h, c and m. In a stack there is one memory m, which within a step goes from each layer to the one
/// above, and from the top layer to the bottom layer of the next step.
/// </summary>
public sealed class SpatioTemporalLstm : RecurrentLayer
{
    /// <summary>Creates a layer whose parameters are zeros.</summary>
    /// <exception cref="InvalidArgumentException">The options hold a value that the native library does not accept.</exception>
    public SpatioTemporalLstm(Context context, SpatioTemporalLstmOptions options)
        : base(context, options) => Options = options;

    /// <inheritdoc/>
    public override SpatioTemporalLstmOptions Options { get; }
}
