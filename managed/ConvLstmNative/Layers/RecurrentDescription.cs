using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>Turns the options of a recurrent layer into the native description, and that into a layer.</summary>
internal static unsafe class RecurrentDescription
{
    private const int MaxRank = 3;

    public static LayerHandle CreateLayer(Context context, RecurrentOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        NativeRecurrentDesc desc = Describe(options);
        NativeStatusCode status = NativeMethods.RecurrentCreate(context.Handle, &desc, out LayerHandle handle);
        status.ThrowIfFailed();
        return handle;
    }

    /// <summary>The description; values are the native library's to refuse, but for those that it could not see.</summary>
    public static NativeRecurrentDesc Describe(RecurrentOptions options)
    {
        if (options.RecurrentBias && !options.Bias)
            throw Refused(nameof(options.RecurrentBias), $"false where {nameof(options.Bias)} is false", "true");
        if (options.Rank is < 1 or > MaxRank)
            throw Refused(nameof(options.Rank), $"1 to {MaxRank}", $"{options.Rank}");
        NativeRecurrentDesc desc = new() { StructSize = (uint)sizeof(NativeRecurrentDesc) };
        NativeMethods.RecurrentDescInit(&desc).ThrowIfFailed();
        desc.Rank = options.Rank;
        desc.Layout = (int)options.Layout;
        desc.Output = (int)options.Output;
        desc.Bias = (int)(options.RecurrentBias ? NativeBias.Two : options.Bias ? NativeBias.One : NativeBias.None);
        desc.GateActivation = (int)options.GateActivation;
        desc.CellActivation = (int)options.CellActivation;
        desc.Normalization = (int)options.Normalization;
        desc.NormEpsilon = options.NormalizationEpsilon;
        desc.NormGroupChannels = options.NormalizationGroupChannels;
        desc.Mask = (int)options.Mask;
        desc.Direction = (int)options.Direction;
        desc.Merge = (int)options.Merge;
        desc.Layers = options.Layers;
        desc.Storage = (int)options.Storage;
        desc.InputDropout = options.InputDropout;
        desc.RecurrentDropout = options.RecurrentDropout;
        desc.Padding = (int)options.Padding;
        desc.InputChannels = options.InputChannels;
        desc.HiddenChannels = options.HiddenChannels;
        DescribeSizes(options, ref desc);
        DescribeCell(options, ref desc);
        return desc;
    }

    private static void DescribeSizes(RecurrentOptions options, ref NativeRecurrentDesc desc)
    {
        fixed (NativeRecurrentDesc* to = &desc)
        {
            Copy(options.InputKernelSize, options.Rank, to->InputKernel, nameof(options.InputKernelSize));
            Copy(options.InputStride, options.Rank, to->InputStride, nameof(options.InputStride));
            Copy(options.InputDilation, options.Rank, to->InputDilation, nameof(options.InputDilation));
            Copy(options.PaddingBefore, options.Rank, to->PaddingBefore, nameof(options.PaddingBefore));
            Copy(options.PaddingAfter, options.Rank, to->PaddingAfter, nameof(options.PaddingAfter));
            Copy(options.RecurrentKernelSize, options.Rank, to->RecurrentKernel, nameof(options.RecurrentKernelSize));
            Copy(options.RecurrentDilation, options.Rank, to->RecurrentDilation, nameof(options.RecurrentDilation));
            int* fixedSize = stackalloc int[MaxRank];
            Copy(options.FixedSize, options.Rank, fixedSize, nameof(options.FixedSize));
            for (int index = 0; index < options.Rank; index++)
                to->FixedSize[index] = fixedSize[index];
        }
    }

    private static void DescribeCell(RecurrentOptions options, ref NativeRecurrentDesc desc)
    {
        switch (options)
        {
            case ConvLstmOptions lstm:
                desc.Cell = (int)NativeCell.ConvLstm;
                desc.Peephole = (int)lstm.Peephole;
                desc.ForgetBias = lstm.ForgetBias;
                desc.CellClip = lstm.CellClip;
                break;
            case ConvGruOptions gru:
                desc.Cell = (int)(gru.ResetAfter ? NativeCell.ConvGruResetAfter : NativeCell.ConvGru);
                break;
            case SpatioTemporalLstmOptions st:
                desc.Cell = (int)NativeCell.StLstm;
                desc.ForgetBias = st.ForgetBias;
                break;
        }
    }

    private static void Copy(in Sizes sizes, int rank, int* to, string name)
    {
        if (!sizes.Fits(rank))
            throw Refused(name, $"one number or {rank}, as many as the rank", $"{sizes}");
        sizes.ToArray(rank).CopyTo(new Span<int>(to, rank));
    }

    private static InvalidArgumentException Refused(string name, string expected, string actual) =>
        new($"{name}: expected {expected}, got {actual}", Status.InvalidArgument);
}
