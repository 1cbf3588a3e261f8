namespace ConvLstmNative;

/// <summary>How the convolution of a layer's input is computed.</summary>
public enum InputComputation
{
    /// <summary>There is none.</summary>
    None = 0,

    /// <summary>Within the recurrent one: the input is nothing but more channels.</summary>
    Folded = 1,

    /// <summary>For many steps at once, before they are run.</summary>
    Hoisted = 2,

    /// <summary>By itself in each step.</summary>
    Apart = 3,
}
