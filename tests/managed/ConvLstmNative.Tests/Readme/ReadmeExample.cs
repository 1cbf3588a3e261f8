namespace ConvLstmNative.Tests.Readme;

/// <summary>The example of README.md: what is between the marks stands there to the letter, but for its indentation.</summary>
internal static class ReadmeExample
{
    public static (float[] Hidden, SequenceShape Shape) Run()
    {
        // <readme>
        using Context context = Context.Cpu();
        using ConvLstm layer = new(context, new ConvLstmOptions
        {
            InputChannels = 3,
            HiddenChannels = 10,
            Peephole = Peephole.PerChannel,
        });
        layer.Initialize(seed: 42);

        SequenceShape shape = new(Batch: 1, Steps: 10, Channels: 3, Height: 5, Width: 5);
        float[] frames = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => Random.Shared.NextSingle())];
        float[] hidden = new float[layer.OutputShape(shape).ElementCount];

        using RecurrentState state = layer.CreateState(shape);
        layer.Forward(frames, shape, state, hidden);  // state now holds h and c of the last step: carry on with it
        // </readme>
        return (hidden, layer.OutputShape(shape));
    }
}
