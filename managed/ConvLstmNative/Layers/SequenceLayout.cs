namespace ConvLstmNative;

/// <summary>Order of the dimensions of a recurrent layer's input and output.</summary>
public enum SequenceLayout
{
    /// <summary>Batch first: (N, T, C, H, W).</summary>
    BatchFirst = 0,

    /// <summary>Time first: (T, N, C, H, W).</summary>
    TimeFirst = 1,
}
