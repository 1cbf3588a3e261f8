namespace ConvLstmNative;

/// <summary>A seed of dropout for each layer of a model in each step of training, far from all others.</summary>
internal static class DropoutSeed
{
    /// <summary>The seed of a layer.</summary>
    /// <param name="step">Number of the step.</param>
    /// <param name="layer">Number of the layer.</param>
    public static ulong Of(ulong step, int layer) => Mix(Mix(step) + (ulong)layer);

    // The output function of SplitMix64.
    private static ulong Mix(ulong value)
    {
        value = unchecked(value + 0x9E3779B97F4A7C15UL);
        value = unchecked((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL);
        value = unchecked((value ^ (value >> 27)) * 0x94D049BB133111EBUL);
        return value ^ (value >> 31);
    }
}
