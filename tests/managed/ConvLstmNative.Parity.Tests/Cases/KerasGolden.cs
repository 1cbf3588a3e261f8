namespace ConvLstmNative.Parity.Tests;

/// <summary>The two problems of Keras' unit tests of ConvLSTM2D: numbers that count up, kernels of one number each.</summary>
internal static class KerasGolden
{
    private static readonly LayerCase Common = new()
    {
        InputChannels = 3,
        HiddenChannels = 4,
        ChannelsLast = true,
        Batch = 2,
        Size = new(5, 5),
        HasState = true,
        LastOutputOnly = true,
    };

    /// <summary>One step.</summary>
    public static LayerCase Cell { get; } = Common with { Steps = 1, InputSteps = 1 };

    /// <summary>Three steps, the last output.</summary>
    public static LayerCase Layer { get; } = Common with { Steps = 3, InputSteps = 3 };

    /// <summary>The numbers of Keras by ours: its states are channels last.</summary>
    public static Numbers NumbersOf(LayerCase layer, float divisor)
    {
        float[] state = new float[2 * 4 * 25];
        for (int index = 0; index < state.Length; index++)
        {
            (int n, int rest) = Math.DivRem(index, 100);
            (int pixel, int channel) = Math.DivRem(rest, 4);
            state[(((n * 4) + channel) * 25) + pixel] = index / divisor;
        }

        Dictionary<string, ParameterValue> parameters = new()
        {
            ["input_kernel"] = new([16, 3, 3, 3], Filled(16 * 27, 0.01f)),
            ["recurrent_kernel"] = new([16, 4, 3, 3], Filled(16 * 36, 0.02f)),
            ["bias"] = new([16], [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        };
        float[] x = [.. Enumerable.Range(0, layer.Steps * 150).Select(index => index / divisor)];
        return new Numbers(parameters, x, [state, state], Filled(200, 1), [Filled(200, 1), Filled(200, 1)]);
    }

    private static float[] Filled(int count, float value)
    {
        float[] values = new float[count];
        Array.Fill(values, value);
        return values;
    }
}
