namespace ConvLstmNative.Data;

/// <summary>How the samples of an image file become values in [0, 1].</summary>
public enum ValueScale
{
    /// <summary>Sample ÷ the file's maximum value: v/255 for 8 bits.</summary>
    UnitInterval,

    /// <summary>
    /// Radar reflectivity in the 8-bit coding of the Finnish Meteorological Institute: v &lt; 255 is 0.5·v − 32 dBZ, 255 is no data.
    /// 0 dBZ and below becomes 0, 60 dBZ and above becomes 1, no data becomes 0.
    /// </summary>
    RadarReflectivity,
}
