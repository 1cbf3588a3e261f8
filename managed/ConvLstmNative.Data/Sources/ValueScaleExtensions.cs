namespace ConvLstmNative.Data;

/// <summary>The two directions of a <see cref="ValueScale"/>.</summary>
public static class ValueScaleExtensions
{
    /// <summary>The reflectivity that a unit value of 1 stands for, in dBZ; 0 stands for 0 dBZ.</summary>
    public const float MaximumReflectivity = 60;

    private const int NoData = 255;

    /// <summary>A sample of a file as a value in [0, 1].</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="sample">From 0 to <paramref name="maximumValue"/>.</param>
    /// <param name="maximumValue">The file's maximum; radar samples need 255.</param>
    public static float ToUnit(this ValueScale scale, int sample, int maximumValue = 255)
    {
        if (scale == ValueScale.UnitInterval)
            return (float)sample / maximumValue;
        return sample == NoData ? 0 : Math.Clamp((0.5f * sample - 32) / MaximumReflectivity, 0, 1);
    }

    /// <summary>A value in [0, 1] in the units of the scale: itself, or dBZ.</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="value">Usually in [0, 1]; values outside are carried on linearly.</param>
    public static float FromUnit(this ValueScale scale, float value) =>
        scale == ValueScale.UnitInterval ? value : value * MaximumReflectivity;

    /// <summary>A value in the units of the scale (itself, or dBZ) as a unit value; the inverse of <see cref="FromUnit"/>.</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="value">A value, or a reflectivity in dBZ.</param>
    public static float UnitOf(this ValueScale scale, float value) =>
        scale == ValueScale.UnitInterval ? value : value / MaximumReflectivity;
}
