using System.Diagnostics;

namespace ConvLstmNative.Benchmarks;

/// <summary>Measures what the managed layer adds to a call: the public method and the bare C function behind it, in turns, on
/// a layer so small that the call is most of it.</summary>
internal sealed class CallMeasurement : IDisposable
{
    private const int Calls = 20_000;
    private const int Pairs = 101;

    /// <summary>Time for the runtime to compile the hot methods anew, in the background.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly SequenceShape Shape = new(Batch: 1, Steps: 1, Channels: 1, Height: 1, Width: 1);
    private readonly Context _context = Context.Cpu(1);
    private readonly ConvLstm _layer;
    private readonly RecurrentState _state;
    private readonly float[] _x = [0.5f];
    private readonly float[] _y = new float[1];

    public CallMeasurement()
    {
        _layer = new ConvLstm(
            _context, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 1, InputKernelSize = 1, RecurrentKernelSize = 1 });
        _layer.Initialize(seed: 1);
        _state = _layer.CreateState(Shape);
    }

    public List<CallCost> Run() =>
    [
        Measure("Forward over spans", state: null),
        Measure("streaming step over spans", _state),
    ];

    public void Dispose()
    {
        _state.Dispose();
        _layer.Dispose();
        _context.Dispose();
    }

    private CallCost Measure(string id, RecurrentState? state)
    {
        using BareCall bare = new(_layer, Shape, state, _x);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmUp)
        {
            Nanoseconds(() => Forward(state));
            Nanoseconds(() => bare.Run(Calls));
        }

        double[] managed = new double[Pairs];
        double[] native = new double[Pairs];
        for (int pair = 0; pair < Pairs; pair++)
        {
            managed[pair] = Nanoseconds(() => Forward(state));
            native[pair] = Nanoseconds(() => bare.Run(Calls));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Forward(state);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Calls;
        return new CallCost(
            id, Quantile.Median(managed), Quantile.Median(native), Quantile.Median(managed.Zip(native, (with, without) => with - without)), bytes, Pairs);
    }

    private void Forward(RecurrentState? state)
    {
        for (int call = 0; call < Calls; call++)
            _layer.Forward(_x, Shape, state, _y);
    }

    private static double Nanoseconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Calls;
    }
}
