namespace ConvLstmNative;

/// <summary>Whether layers take the executor and tiling that were measured to be the fastest, in the place of those that the rules
/// of the library take.</summary>
public enum ExecutorTuning
{
    /// <summary>They do not.</summary>
    Off = 0,

    /// <summary>Where the tuning file has the case; where it does not, the rules decide.</summary>
    Use = 1,

    /// <summary>A case that the file does not have is measured, on every executor and tiling that the policy allows, when a layer
    /// first runs a shape, and added to the file.</summary>
    Measure = 2,
}
