namespace ConvLstmNative.Data;

/// <summary>How the values of a one-channel frame become colours. Frames of three channels are drawn as red, green, blue.</summary>
public enum FrameColors
{
    /// <summary>0 is black, 1 is white.</summary>
    Gray,

    /// <summary>The weather radar's scale over <see cref="ValueScale.RadarReflectivity"/>: dark under 5 dBZ, then blue, green, yellow, red, violet.</summary>
    Reflectivity,
}
