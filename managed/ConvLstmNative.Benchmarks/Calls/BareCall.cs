using System.Runtime.InteropServices;
using ConvLstmNative.Interop;

namespace ConvLstmNative.Benchmarks;

/// <summary>The C function behind <c>Forward</c> over memory that is pinned for good, called as C++ would call it: no handle is
/// guarded, nothing is checked or pinned, and the runtime is not told. What is left is the time of the native library.</summary>
internal sealed unsafe class BareCall : IDisposable
{
    private readonly delegate* unmanaged[SuppressGCTransition]<nint, long, float*, long, NativeRunOptions*, nint, float*, long, int> _function;
    private readonly NativeRunOptions* _options;
    private readonly float* _x;
    private readonly float* _y;
    private readonly nint _session;
    private readonly nint _state;
    private readonly SequenceShape _input;
    private readonly long _outputs;

    /// <summary>The layer and the state must outlive this.</summary>
    public BareCall(ConvLstm layer, SequenceShape input, RecurrentState? state, ReadOnlySpan<float> x)
    {
        nint library = NativeLibrary.Load(
            Path.Combine(AppContext.BaseDirectory, "libconvlstm_native.so")); // loaded already: only its handle is needed
        _function = (delegate* unmanaged[SuppressGCTransition]<nint, long, float*, long, NativeRunOptions*, nint, float*, long, int>)
            NativeLibrary.GetExport(library, "cln_session_forward_host");
        _session = layer.Sessions.Get(input).Handle.DangerousGetHandle();
        _state = state?.Handle.DangerousGetHandle() ?? nint.Zero;
        _input = input;
        _outputs = layer.OutputShape(input).ElementCount;
        _x = (float*)NativeMemory.Alloc((nuint)x.Length, sizeof(float));
        _y = (float*)NativeMemory.AllocZeroed((nuint)_outputs, sizeof(float));
        x.CopyTo(new Span<float>(_x, x.Length));
        _options = (NativeRunOptions*)NativeMemory.Alloc((nuint)sizeof(NativeRunOptions));
        *_options = default(RunOptions).Native(null, null);
    }

    /// <summary>Runs so many times, and throws where the library refuses.</summary>
    public void Run(int count)
    {
        int refused = 0;
        for (int run = 0; run < count; run++)
            refused |= _function(_session, _input.Steps, _x, _input.ElementCount, _options, _state, _y, _outputs);
        ((NativeStatusCode)refused).ThrowIfFailed();
    }

    public void Dispose()
    {
        NativeMemory.Free(_options);
        NativeMemory.Free(_y);
        NativeMemory.Free(_x);
    }
}
