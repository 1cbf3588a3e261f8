namespace ConvLstmNative;

/// <summary>Whether runs of a layer can have a mask. A masked step leaves the state of its sequence as it is.</summary>
public enum SequenceMask
{
    /// <summary>They cannot.</summary>
    None = 0,

    /// <summary>The output of a masked step is the output before it in the direction of the layer, and zeros before the first
    /// step that counts.</summary>
    Repeat = 1,

    /// <summary>The output of a masked step is zeros.</summary>
    Zero = 2,
}
