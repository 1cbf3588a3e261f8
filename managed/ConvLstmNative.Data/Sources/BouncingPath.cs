namespace ConvLstmNative.Data;

/// <summary>The motion of Moving MNIST: constant speed in the unit square, clamped and turned round at its edges.</summary>
internal struct BouncingPath
{
    private const double StepLength = 0.1;

    private double _x, _y, _velocityX, _velocityY;

    public BouncingPath(ref SequenceRandom random)
    {
        _x = random.NextDouble();
        _y = random.NextDouble();
        (_velocityY, _velocityX) = Math.SinCos(random.NextDouble() * 2 * Math.PI);
    }

    /// <summary>
    /// Takes one step and gives the top-left corner on a canvas with the given play. The step comes before the recording.
    /// </summary>
    public (int Top, int Left) Next(int playY, int playX)
    {
        Advance(ref _y, ref _velocityY);
        Advance(ref _x, ref _velocityX);
        return ((int)(playY * _y), (int)(playX * _x));
    }

    private static void Advance(ref double position, ref double velocity)
    {
        position += velocity * StepLength;
        if (position <= 0)
        {
            position = 0;
            velocity = -velocity;
        }
        if (position >= 1)
        {
            position = 1;
            velocity = -velocity;
        }
    }
}
