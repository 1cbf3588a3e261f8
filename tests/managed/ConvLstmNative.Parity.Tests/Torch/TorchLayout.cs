namespace ConvLstmNative.Parity.Tests;

/// <summary>The layouts of sequences as orders of dimensions.</summary>
internal static class TorchLayout
{
    /// <summary>Of (T, N, C, …) in the dimensions of the layout.</summary>
    public static long[] ToTimeFirst(this LayerCase layer)
    {
        long channels = layer.ChannelsLast ? 2 + layer.Rank : 2;
        long first = layer.ChannelsLast ? 2 : 3;
        return [layer.TimeFirst ? 0 : 1, layer.TimeFirst ? 1 : 0, channels, .. Enumerable.Range(0, layer.Rank).Select(k => first + k)];
    }

    /// <summary>The other way round.</summary>
    public static long[] FromTimeFirst(this LayerCase layer)
    {
        long[] order = layer.ToTimeFirst();
        return [.. Enumerable.Range(0, order.Length).Select(place => (long)Array.IndexOf(order, place))];
    }

    /// <summary>Extents of a sequence in the dimensions of the layout.</summary>
    public static long[] SequenceShape(this LayerCase layer, int steps, int channels, Extents size)
    {
        long[] timeFirst = [steps, layer.Batch, channels, .. size.ToLongs()];
        return [.. layer.FromTimeFirst().Select(place => timeFirst[place])];
    }
}
