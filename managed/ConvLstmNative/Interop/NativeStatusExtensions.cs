using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ConvLstmNative.Interop;

/// <summary>The one place where a native status becomes an exception.</summary>
internal static class NativeStatusExtensions
{
    /// <summary>Throws the exception of a status that is not OK. To be called on the thread of the failed call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfFailed(this NativeStatusCode status)
    {
        if (status != NativeStatusCode.Ok)
            Throw(status);
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void Throw(NativeStatusCode status)
    {
        string message = NativeText.Read(NativeMethods.LastErrorMessage());
        throw Create(status, message.Length > 0 ? message : NativeText.Read(NativeMethods.StatusName(status)));
    }

    /// <summary>The exception of a status.</summary>
    public static ConvLstmException Create(NativeStatusCode status, string message) => status switch
    {
        NativeStatusCode.InvalidArgument => new InvalidArgumentException(message, Status.InvalidArgument),
        NativeStatusCode.NullArgument => new InvalidArgumentException(message, Status.NullArgument),
        NativeStatusCode.InvalidHandle => new InvalidHandleException(message),
        NativeStatusCode.ShapeMismatch => new ShapeMismatchException(message),
        NativeStatusCode.SizeOverflow => new SizeOverflowException(message),
        NativeStatusCode.NotFinite => new NotFiniteException(message),
        NativeStatusCode.OutOfMemory => new DeviceMemoryException(message),
        NativeStatusCode.Busy => new ContextBusyException(message),
        NativeStatusCode.Unsupported => new UnsupportedFeatureException(message),
        NativeStatusCode.DeviceError => new DeviceException(message),
        NativeStatusCode.InvalidState => new InvalidStateException(message),
        NativeStatusCode.InternalError => new InternalErrorException(message),
        _ => new InternalErrorException($"unknown status {(int)status}: {message}"),
    };
}
