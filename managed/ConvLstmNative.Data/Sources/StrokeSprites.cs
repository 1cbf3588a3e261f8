namespace ConvLstmNative.Data;

/// <summary>Digits written with a round pen: curves through a few points, with slant, size and pen varying as in handwriting.</summary>
internal static class StrokeSprites
{
    private const int CurveSegments = 6;

    // Points of each digit's strokes in a unit box, x to the right and y down. A stroke is a smooth curve through its points;
    // a point that stands twice makes a corner.
    private static readonly double[][][] Digits =
    [
        [[.50, .06, .22, .22, .16, .50, .22, .78, .50, .94, .78, .78, .84, .50, .78, .22, .50, .06]],
        [[.30, .24, .54, .06, .54, .06, .54, .94]],
        [[.20, .28, .30, .11, .52, .06, .74, .16, .78, .34, .64, .56, .40, .76, .18, .94, .18, .94, .82, .94]],
        [[.22, .16, .48, .06, .72, .16, .72, .36, .46, .48, .46, .48, .76, .58, .80, .78, .54, .94, .20, .86]],
        [[.62, .94, .62, .06, .62, .06, .16, .66, .16, .66, .86, .66]],
        [[.76, .06, .30, .06, .30, .06, .26, .44, .26, .44, .54, .37, .78, .52, .76, .80, .50, .95, .20, .86]],
        [[.68, .08, .38, .26, .22, .58, .28, .84, .50, .94, .74, .84, .78, .62, .58, .48, .34, .54, .22, .68]],
        [[.18, .06, .82, .06, .82, .06, .56, .46, .42, .94]],
        [[.50, .48, .28, .38, .26, .18, .50, .06, .74, .18, .72, .38, .50, .48, .24, .60, .20, .80, .50, .94, .80, .80, .76, .60, .50, .48]],
        [[.76, .38, .60, .52, .36, .50, .24, .32, .34, .12, .56, .06, .74, .18, .76, .38, .70, .70, .56, .94]],
    ];

    /// <summary>Draws one digit.</summary>
    /// <param name="digit">0 to 9.</param>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="random">Where slant, size, pen and brightness come from.</param>
    public static float[] Draw(int digit, int size, ref SequenceRandom random)
    {
        double pen = size * random.NextDouble(0.050, 0.080);
        double height = size * random.NextDouble(0.66, 0.76);
        double width = height * random.NextDouble(0.74, 0.94);
        double slant = random.NextDouble(-0.22, 0.12);
        double brightness = random.NextDouble(0.85, 1);
        float[] sprite = new float[size * size];
        foreach (double[] stroke in Digits[digit])
        {
            (double X, double Y)[] line = Smooth(stroke);
            for (int i = 0; i < line.Length; i++)
            {
                double y = (line[i].Y - 0.5) * height;
                line[i] = (size / 2.0 + (line[i].X - 0.5) * width + slant * y, size / 2.0 + y);
            }
            for (int i = 1; i < line.Length; i++)
                DrawSegment(sprite, size, line[i - 1], line[i], pen, brightness);
        }
        return sprite;
    }

    /// <summary>A Catmull-Rom curve through the points, as a polyline.</summary>
    private static (double X, double Y)[] Smooth(double[] stroke)
    {
        int count = stroke.Length / 2;
        List<(double X, double Y)> line = [];
        for (int i = 0; i + 1 < count; i++)
        {
            int before = 2 * Math.Max(i - 1, 0), after = 2 * Math.Min(i + 2, count - 1);
            for (int s = 0; s < CurveSegments; s++)
            {
                double t = (double)s / CurveSegments;
                line.Add((
                    Spline(stroke[before], stroke[2 * i], stroke[2 * i + 2], stroke[after], t),
                    Spline(stroke[before + 1], stroke[2 * i + 1], stroke[2 * i + 3], stroke[after + 1], t)));
            }
        }
        line.Add((stroke[^2], stroke[^1]));
        return [.. line];
    }

    private static double Spline(double before, double from, double to, double after, double t)
    {
        double slopeFrom = 0.5 * (to - before), slopeTo = 0.5 * (after - from);
        return ((2 * t - 3) * t * t + 1) * from + ((t - 2) * t + 1) * t * slopeFrom
            + (3 - 2 * t) * t * t * to + (t - 1) * t * t * slopeTo;
    }

    /// <summary>Raises the pixels near a segment to the pen's coverage there.</summary>
    private static void DrawSegment(
        float[] sprite, int size, (double X, double Y) a, (double X, double Y) b, double pen, double brightness)
    {
        int left = Math.Max((int)(Math.Min(a.X, b.X) - pen - 1), 0), right = Math.Min((int)(Math.Max(a.X, b.X) + pen + 1), size - 1);
        int top = Math.Max((int)(Math.Min(a.Y, b.Y) - pen - 1), 0), bottom = Math.Min((int)(Math.Max(a.Y, b.Y) + pen + 1), size - 1);
        double dx = b.X - a.X, dy = b.Y - a.Y, length = dx * dx + dy * dy;
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                double px = x + 0.5 - a.X, py = y + 0.5 - a.Y;
                double along = length > 0 ? Math.Clamp((px * dx + py * dy) / length, 0, 1) : 0;
                double distance = Math.Sqrt(Math.Pow(px - along * dx, 2) + Math.Pow(py - along * dy, 2)) - pen;
                float value = (float)(brightness * Math.Clamp(0.5 - distance, 0, 1));
                sprite[y * size + x] = Math.Max(sprite[y * size + x], value);
            }
        }
    }
}
