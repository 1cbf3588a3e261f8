namespace ConvLstmNative;

/// <summary>Who chose the executor of a layer.</summary>
public enum ExecutorChoice
{
    /// <summary>It is the first of the device's list that takes the layer and the shape.</summary>
    List = 0,

    /// <summary>The environment variable <c>CLN_EXECUTOR</c> names it.</summary>
    Environment = 1,
}
