using System.Runtime.InteropServices;
using ConvLstmNative.Interop;

namespace ConvLstmNative.Benchmarks;

/// <summary>The C function behind <c>Forward</c> over spans, over memory that is pinned for good.</summary>
internal sealed unsafe class BareForward : BareCall, IDisposable
{
    private readonly delegate* unmanaged[SuppressGCTransition]<nint, long, float*, long, void*, nint, float*, long, int> _function;
    private readonly float* _x;
    private readonly float* _y;
    private readonly nint _session;
    private readonly nint _state;
    private readonly SequenceShape _input;
    private readonly long _outputs;

    public BareForward(ConvLstm layer, SequenceShape input, RecurrentState? state, ReadOnlySpan<float> x)
    {
        _function = (delegate* unmanaged[SuppressGCTransition]<nint, long, float*, long, void*, nint, float*, long, int>)
            Export("cln_session_forward_host");
        _session = layer.Sessions.Get(input).Handle.Value;
        _state = state?.Handle.Value ?? nint.Zero;
        _input = input;
        _outputs = layer.OutputShape(input).ElementCount;
        _x = (float*)NativeMemory.Alloc((nuint)x.Length, sizeof(float));
        _y = (float*)NativeMemory.AllocZeroed((nuint)_outputs, sizeof(float));
        x.CopyTo(new Span<float>(_x, x.Length));
    }

    public override void Run(int count)
    {
        long inputs = _input.ElementCount;
        int refused = 0;
        for (int run = 0; run < count; run++)
            refused |= _function(_session, _input.Steps, _x, inputs, null, _state, _y, _outputs);
        ((NativeStatusCode)refused).ThrowIfFailed();
    }

    public void Dispose()
    {
        NativeMemory.Free(_y);
        NativeMemory.Free(_x);
    }
}
