namespace ConvLstmNative.Tests.Readme;

/// <summary>The examples of README.md: what is between the marks stands there to the letter, but for its indentation.</summary>
internal static class ReadmeExample
{
    public static (float[] Hidden, SequenceShape Shape) RunLayer()
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

    /// <summary>A model stands in the working folder.</summary>
    public static void RunModel(Context context, float[] frames, float[] predicted)
    {
        // <readme>
        using SequenceModel model = SequenceModel.Load(context, "digits.safetensors");
        model.Predict(frames, new SequenceShape(Batch: 1, Steps: 10, Channels: 1, Height: 64, Width: 64), horizon: 10, predicted);
        // </readme>
    }

    public static (float[] Outputs, SequenceShape Shape) RunBothDirections(Context context)
    {
        // <readme>
        using ConvGru gru = new(context, new ConvGruOptions
        {
            InputChannels = 3,
            HiddenChannels = 16,
            Direction = RecurrentDirection.Bidirectional,
            Mask = SequenceMask.Zero,
        });
        gru.Initialize(seed: 1);

        SequenceShape pair = new(Batch: 2, Steps: 10, Channels: 3, Height: 5, Width: 5);
        float[] outputs = new float[gru.OutputShape(pair).ElementCount];  // 32 channels: forward, then reverse
        gru.Forward(new float[pair.ElementCount], pair, state: null, outputs, new RunOptions { Lengths = [10, 7] });
        // </readme>
        return (outputs, gru.OutputShape(pair));
    }

    public static (DeviceKind Kind, ComputeMath Math) RunOnGpu()
    {
        // <readme>
        using Context gpu = Context.Cuda(0, new CudaOptions { Math = ComputeMath.Bf16 });  // fp32, tf32, bf16, fp16
        // </readme>
        return (gpu.DeviceKind, gpu.Math);
    }
}
