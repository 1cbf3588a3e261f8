namespace ConvLstmNative;

/// <summary>Which way a recurrent layer goes through time.</summary>
public enum RecurrentDirection
{
    /// <summary>From the first step to the last.</summary>
    Forward = 0,

    /// <summary>From the last step to the first. The output of a step stands at that step, the "last" output is that of step 0,
    /// and the final state is the one after step 0.</summary>
    Reverse = 1,

    /// <summary>Both, with parameters and a state each; the outputs are merged. In a stack every layer reads the merged output of
    /// the one below. Not for a stack of ST-LSTM.</summary>
    Bidirectional = 2,
}
