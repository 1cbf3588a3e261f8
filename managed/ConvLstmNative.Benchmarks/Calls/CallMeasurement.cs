using System.Diagnostics;

namespace ConvLstmNative.Benchmarks;

/// <summary>Measures what the managed layer adds to a call: the public method and the bare C function behind it, in turns, on
/// a layer so small that the call is most of it.</summary>
internal sealed class CallMeasurement : IDisposable
{
    private const int Calls = 20_000;
    private const int Pairs = 101;

    /// <summary>Time for the runtime to compile the hot methods anew, in the background.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);
    private static readonly SequenceShape Shape = new(Batch: 1, Steps: 1, Channels: 1, Height: 1, Width: 1);
    private readonly Context _context = Context.Cpu(1);
    private readonly ConvLstm _layer;
    private readonly RecurrentState _state;
    private readonly Tensor _input;
    private readonly Tensor _output;
    private readonly float[] _x = [0.5f];
    private readonly float[] _y = new float[1];

    public CallMeasurement()
    {
        _layer = new ConvLstm(
            _context, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 1, InputKernelSize = 1, RecurrentKernelSize = 1 });
        _layer.Initialize(seed: 1);
        _state = _layer.CreateState(Shape);
        _input = Tensor.FromSpan(_context, _x, Shape.Dimensions());
        _output = Tensor.Create(_context, Shape.Dimensions());
    }

    public List<CallCost> Run()
    {
        using BareForward sequence = new(_layer, Shape, state: null, _x);
        using BareForward step = new(_layer, Shape, _state, _x);
        return
        [
            Measure("Forward over spans", () => Forward(null), sequence),
            Measure("streaming step over spans", () => Forward(_state), step),
            Measure("streaming step over tensors", ForwardTensors, new BareTensorForward(_layer, Shape, _state, _input, _output)),
            Measure("Tensor.AsSpan: one handle", LookUp, new BareLookUp(_input)),
        ];
    }

    public void Dispose()
    {
        _output.Dispose();
        _input.Dispose();
        _state.Dispose();
        _layer.Dispose();
        _context.Dispose();
    }

    private static CallCost Measure(string id, Action managedCalls, BareCall bare)
    {
        void NativeCalls() => bare.Run(Calls);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmUp)
        {
            Nanoseconds(managedCalls);
            Nanoseconds(NativeCalls);
        }

        double[] managed = new double[Pairs];
        double[] native = new double[Pairs];
        for (int pair = 0; pair < Pairs; pair++)
        {
            managed[pair] = Nanoseconds(managedCalls);
            native[pair] = Nanoseconds(NativeCalls);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        managedCalls();
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Calls;
        double[] costs = [.. managed.Zip(native, (with, without) => with - without)];
        double spread = Quantile.Of(costs, 0.75) - Quantile.Of(costs, 0.25);
        return new CallCost(id, Quantile.Median(managed), Quantile.Median(native), Quantile.Median(costs), spread, bytes, Pairs);
    }

    private void Forward(RecurrentState? state)
    {
        for (int call = 0; call < Calls; call++)
            _layer.Forward(_x, Shape, state, _y);
    }

    private void ForwardTensors()
    {
        for (int call = 0; call < Calls; call++)
            _layer.Forward(_input, Shape, _state, _output);
    }

    private void LookUp()
    {
        for (int call = 0; call < Calls; call++)
            _ = _input.AsSpan();
    }

    private static double Nanoseconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Calls;
    }
}
