namespace ConvLstmNative;

/// <summary>Which outputs a recurrent layer gives.</summary>
public enum RecurrentOutput
{
    /// <summary>h of every step.</summary>
    Sequence = 0,

    /// <summary>h of the last step only: (N, F, H, W). Nothing is kept of the others.</summary>
    Last = 1,
}
