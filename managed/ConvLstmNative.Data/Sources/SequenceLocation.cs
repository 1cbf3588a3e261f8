namespace ConvLstmNative.Data;

/// <summary>Where in a series a sequence was cut out.</summary>
/// <param name="FirstFrame">Index of its first frame.</param>
/// <param name="Top">First row of the crop.</param>
/// <param name="Left">First column of the crop.</param>
public readonly record struct SequenceLocation(int FirstFrame, int Top, int Left);
