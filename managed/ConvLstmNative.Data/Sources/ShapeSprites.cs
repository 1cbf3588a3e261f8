namespace ConvLstmNative.Data;

/// <summary>Antialiased discs, rings, squares and triangles from their signed distances.</summary>
internal static class ShapeSprites
{
    private const int KindCount = 4;

    /// <summary>Draws one shape with random size, turn and brightness.</summary>
    /// <param name="which">Any number; the shape is its remainder.</param>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="random">Where size, turn and brightness come from.</param>
    public static float[] Draw(int which, int size, ref SequenceRandom random)
    {
        double radius = size * random.NextDouble(0.34, 0.47);
        (double sine, double cosine) = Math.SinCos(random.NextDouble(0, 2 * Math.PI));
        double brightness = random.NextDouble(0.7, 1);
        float[] sprite = new float[size * size];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                double dx = x + 0.5 - size / 2.0, dy = y + 0.5 - size / 2.0;
                double u = dx * cosine + dy * sine, v = dy * cosine - dx * sine;
                double distance = (which % KindCount) switch
                {
                    0 => Math.Sqrt(u * u + v * v) - radius,
                    1 => Math.Abs(Math.Sqrt(u * u + v * v) - 0.78 * radius) - 0.22 * radius,
                    2 => RoundedSquare(u, v, radius),
                    _ => RoundedTriangle(u, v, radius),
                };
                sprite[y * size + x] = (float)(brightness * Math.Clamp(0.5 - distance, 0, 1));
            }
        }
        return sprite;
    }

    private static double RoundedSquare(double u, double v, double radius)
    {
        double corner = 0.2 * radius, half = radius * 0.8 - corner;
        double du = Math.Abs(u) - half, dv = Math.Abs(v) - half;
        double outside = Math.Sqrt(Math.Pow(Math.Max(du, 0), 2) + Math.Pow(Math.Max(dv, 0), 2));
        return outside + Math.Min(Math.Max(du, dv), 0) - corner;
    }

    /// <summary>An equilateral triangle: three half planes, its corners cut by the circle around it.</summary>
    private static double RoundedTriangle(double u, double v, double radius)
    {
        double edge = 0.5 * radius, slope = Math.Sqrt(3) / 2;
        double planes = Math.Max(v, Math.Max(slope * u - 0.5 * v, -slope * u - 0.5 * v)) - edge;
        return Math.Max(planes, Math.Sqrt(u * u + v * v) - 0.92 * radius);
    }
}
