namespace ConvLstmNative.Parity.Tests;

/// <summary>The options of a case in the library's words.</summary>
internal static class LayerOptions
{
    public static RecurrentOptions Of(LayerCase layer) => layer.Cell switch
    {
        Cell.ConvLstm => Common(layer, new ConvLstmOptions
        {
            InputChannels = layer.InputChannels,
            HiddenChannels = layer.HiddenChannels,
            Peephole = (Peephole)layer.Peephole,
            ForgetBias = layer.ForgetBias,
            CellClip = layer.CellClip,
        }),
        Cell.SpatioTemporalLstm => Common(layer, new SpatioTemporalLstmOptions
        {
            InputChannels = layer.InputChannels,
            HiddenChannels = layer.HiddenChannels,
            ForgetBias = layer.ForgetBias,
        }),
        _ => Common(layer, new ConvGruOptions
        {
            InputChannels = layer.InputChannels,
            HiddenChannels = layer.HiddenChannels,
            ResetAfter = layer.Cell == Cell.ConvGruResetAfter,
        }),
    };

    private static RecurrentOptions Common(LayerCase layer, RecurrentOptions options) => options with
    {
        Rank = layer.Rank,
        InputKernelSize = Sizes(layer.InputKernel),
        InputStride = Sizes(layer.Stride),
        InputDilation = Sizes(layer.Dilation),
        Padding = (ConvolutionPadding)layer.Padding,
        PaddingBefore = Sizes(layer.PaddingBefore),
        PaddingAfter = Sizes(layer.PaddingAfter),
        RecurrentKernelSize = Sizes(layer.RecurrentKernel),
        RecurrentDilation = Sizes(layer.RecurrentDilation),
        Bias = layer.BiasCount > 0,
        RecurrentBias = layer.BiasCount > 1,
        GateActivation = (GateActivation)layer.Gate,
        CellActivation = (CellActivation)layer.CellFunction,
        Normalization = (Normalization)layer.Normalization,
        NormalizationGroupChannels = layer.GroupChannels,
        NormalizationEpsilon = layer.NormEpsilon,
        Mask = (SequenceMask)layer.Mask,
        Direction = (RecurrentDirection)layer.Direction,
        Merge = (DirectionMerge)layer.Merge,
        Layers = layer.Layers,
        InputDropout = layer.InputDropout,
        RecurrentDropout = layer.RecurrentDropout,
        Layout = (layer.ChannelsLast, layer.TimeFirst) switch
        {
            (false, false) => SequenceLayout.BatchFirst,
            (false, true) => SequenceLayout.TimeFirst,
            (true, false) => SequenceLayout.BatchFirstChannelsLast,
            (true, true) => SequenceLayout.TimeFirstChannelsLast,
        },
        Output = layer.LastOutputOnly ? RecurrentOutput.Last : RecurrentOutput.Sequence,
        FixedSize = layer.Peephole == PeepholeKind.PerPixel || layer.Normalization == NormalizationKind.Layer ? Sizes(layer.Grid) : 0,
    };

    /// <summary>The shape of the whole sequence.</summary>
    public static SequenceShape ShapeOf(LayerCase layer)
    {
        Sizes size = Sizes(layer.Size);
        return new SequenceShape(
            layer.Batch,
            layer.Steps,
            layer.InputChannels,
            layer.Rank > 1 ? size.Height : 1,
            size.Width,
            layer.Rank > 2 ? size.Depth : 1);
    }

    private static Sizes Sizes(Extents extents) => extents.Rank switch
    {
        1 => extents[0],
        2 => new Sizes(extents[0], extents[1]),
        _ => new Sizes(extents[0], extents[1], extents[2]),
    };
}
