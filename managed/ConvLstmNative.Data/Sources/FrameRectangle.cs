namespace ConvLstmNative.Data;

/// <summary>A part of an image, in its own pixels.</summary>
/// <param name="X">First column.</param>
/// <param name="Y">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct FrameRectangle(int X, int Y, int Width, int Height);
