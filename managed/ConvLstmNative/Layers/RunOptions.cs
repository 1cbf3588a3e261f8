using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>
/// What a run of a recurrent layer can have beside its input; the default has none of it. The spans are the caller's memory
/// and are read before the call returns.
/// </summary>
public readonly ref struct RunOptions
{
    /// <summary>Steps that have an input, 0 to T: the first ones in time. The input holds these alone; in the others the input
    /// convolution is left out, biases stay. Null: all.</summary>
    public int? InputSteps { get; init; }

    /// <summary>T·N numbers in the order of the layer's layout, (N, T) or (T, N): 1 where the step of the sequence counts, 0 where
    /// it is masked. Empty: every step counts. The layer must have been made for a mask.</summary>
    public ReadOnlySpan<int> Mask { get; init; }

    /// <summary>N numbers, 0 to T: steps from this one on are masked. Empty: every step counts. Not beside
    /// <see cref="Mask"/>.</summary>
    public ReadOnlySpan<long> Lengths { get; init; }

    /// <summary>Decides what a training forward drops: the same seed drops the same on every device and with any number of
    /// threads. Take another for each training step.</summary>
    public ulong DropoutSeed { get; init; }

    /// <summary>Whether there is nothing that inference would have to be told.</summary>
    internal bool IsPlain => InputSteps is null && Mask.IsEmpty && Lengths.IsEmpty;

    /// <summary>The input of a run of this shape: the steps that have one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many steps.</exception>
    internal SequenceShape InputShape(in SequenceShape shape, string name = "options")
    {
        if (InputSteps is not { } steps)
            return shape;
        if (steps < 0 || steps > shape.Steps)
            throw new ArgumentOutOfRangeException(name, $"{nameof(InputSteps)}: expected 0 to {shape.Steps}, got {steps}");
        return shape with { Steps = steps };
    }

    /// <summary>For the native library; the pointers are the pinned spans.</summary>
    internal unsafe NativeRunOptions Native(int* mask, long* lengths) => new()
    {
        StructSize = (uint)sizeof(NativeRunOptions),
        InputSteps = InputSteps ?? -1,
        Mask = mask,
        MaskCount = Mask.Length,
        Lengths = lengths,
        LengthCount = Lengths.Length,
        DropoutSeed = DropoutSeed,
    };
}
