using ConvLstmNative.Interop;

namespace ConvLstmNative.Benchmarks;

/// <summary>The C function behind <c>Forward</c> over tensors.</summary>
internal sealed unsafe class BareTensorForward(ConvLstm layer, SequenceShape input, RecurrentState state, Tensor x, Tensor y) : BareCall
{
    private readonly delegate* unmanaged[SuppressGCTransition]<nint, long, nint, void*, nint, nint, int> _function =
        (delegate* unmanaged[SuppressGCTransition]<nint, long, nint, void*, nint, nint, int>)Export("cln_session_forward");

    private readonly nint _session = layer.Sessions.Get(input).Handle.Value;
    private readonly nint _state = state.Handle.Value;
    private readonly nint _x = x.Handle.Value;
    private readonly nint _y = y.Handle.Value;
    private readonly long _steps = input.Steps;

    public override void Run(int count)
    {
        int refused = 0;
        for (int run = 0; run < count; run++)
            refused |= _function(_session, _steps, _x, null, _state, _y);
        ((NativeStatusCode)refused).ThrowIfFailed();
    }
}
