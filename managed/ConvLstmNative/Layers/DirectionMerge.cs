namespace ConvLstmNative;

/// <summary>How the outputs of the two directions of a bidirectional layer become one.</summary>
public enum DirectionMerge
{
    /// <summary>Forward channels, then reverse ones: the output has 2F channels.</summary>
    Concat = 0,

    /// <summary>Their sum.</summary>
    Sum = 1,

    /// <summary>Their product by element.</summary>
    Mul = 2,

    /// <summary>Half their sum.</summary>
    Average = 3,
}
