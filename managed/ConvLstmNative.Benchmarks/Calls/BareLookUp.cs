using ConvLstmNative.Interop;

namespace ConvLstmNative.Benchmarks;

/// <summary>The C function behind <c>Tensor.AsSpan</c>: it looks one handle up, takes the context for the calling thread, and that is
/// nearly all. So much of every other call is the C interface itself, once and once more for each further handle.</summary>
internal sealed unsafe class BareLookUp(Tensor tensor) : BareCall
{
    private readonly delegate* unmanaged[SuppressGCTransition]<nint, float**, int> _function =
        (delegate* unmanaged[SuppressGCTransition]<nint, float**, int>)Export("cln_tensor_get_data");

    private readonly nint _tensor = tensor.Handle.Value;

    public override void Run(int count)
    {
        float* data;
        int refused = 0;
        for (int run = 0; run < count; run++)
            refused |= _function(_tensor, &data);
        ((NativeStatusCode)refused).ThrowIfFailed();
    }
}
