namespace ConvLstmNative.Data;

/// <summary>What moves in <see cref="MovingShapes"/>.</summary>
public enum MovingShapesKind
{
    /// <summary>Discs, rings, squares and triangles.</summary>
    Shapes,

    /// <summary>Digits written with a round pen.</summary>
    Digits,

    /// <summary>Both, at random.</summary>
    Mixed,
}
