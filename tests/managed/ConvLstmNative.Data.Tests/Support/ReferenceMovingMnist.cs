using System.Numerics;

namespace ConvLstmNative.Data.Tests;

/// <summary>
/// OpenSTL's generator written a second time, as plainly as its original: whole trajectory first, then the drawing, with
/// xoshiro256** and SplitMix64 after their authors' descriptions.
/// </summary>
internal sealed class ReferenceMovingMnist(ulong seed, long index)
{
    private readonly ulong[] _state = Seed(seed, index);

    public float[] Generate(IdxImages digits, int firstDigit, int digitCount, int steps, int frameSize, int digitsPerFrame)
    {
        byte[,,] data = new byte[steps, frameSize, frameSize];
        for (int n = 0; n < digitsPerFrame; n++)
        {
            double x = Uniform(), y = Uniform(), theta = Uniform() * 2 * Math.PI;
            double vy = Math.Sin(theta), vx = Math.Cos(theta);
            double[] startY = new double[steps], startX = new double[steps];
            for (int i = 0; i < steps; i++)
            {
                y += vy * 0.1;
                x += vx * 0.1;
                if (x <= 0) { x = 0; vx = -vx; }
                if (x >= 1) { x = 1; vx = -vx; }
                if (y <= 0) { y = 0; vy = -vy; }
                if (y >= 1) { y = 1; vy = -vy; }
                startY[i] = (frameSize - digits.Height) * y;
                startX[i] = (frameSize - digits.Width) * x;
            }
            int which = firstDigit + (int)((new BigInteger(Next()) * digitCount) >> 64);
            for (int i = 0; i < steps; i++)
            {
                for (int r = 0; r < digits.Height; r++)
                {
                    for (int c = 0; c < digits.Width; c++)
                    {
                        ref byte pixel = ref data[i, (int)startY[i] + r, (int)startX[i] + c];
                        pixel = Math.Max(pixel, digits[which][r * digits.Width + c]);
                    }
                }
            }
        }
        return [.. data.Cast<byte>().Select(pixel => pixel / 255f)];
    }

    private double Uniform() => (Next() >> 11) / 9007199254740992.0;

    private ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_state[1] * 5, 7) * 9, t = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= t;
        _state[3] = BitOperations.RotateLeft(_state[3], 45);
        return result;
    }

    private static ulong[] Seed(ulong seed, long index)
    {
        ulong state = Scatter(seed) ^ Scatter((ulong)index + 0x632be59bd9b4e019);
        ulong[] words = new ulong[4];
        for (int i = 0; i < 4; i++)
            words[i] = Scatter(state += 0x9e3779b97f4a7c15);
        return words;
    }

    private static ulong Scatter(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
