namespace ConvLstmNative;

/// <summary>What went wrong, as the native library classifies it.</summary>
public enum Status
{
    /// <summary>Nothing.</summary>
    Ok = 0,

    /// <summary>An argument has a value that is not accepted.</summary>
    InvalidArgument = -1,

    /// <summary>An argument is missing.</summary>
    NullArgument = -2,

    /// <summary>An object is of another kind, or was destroyed.</summary>
    InvalidHandle = -3,

    /// <summary>Rank, dimensions or element counts do not fit together.</summary>
    ShapeMismatch = -4,

    /// <summary>A product of sizes is too large.</summary>
    SizeOverflow = -5,

    /// <summary>A value that must be finite is NaN or infinite.</summary>
    NotFinite = -6,

    /// <summary>The device or the host cannot provide the memory.</summary>
    OutOfMemory = -7,

    /// <summary>Another thread is using the context.</summary>
    Busy = -8,

    /// <summary>Valid, but this build or device does not do it.</summary>
    Unsupported = -9,

    /// <summary>The device or its driver failed.</summary>
    DeviceError = -10,

    /// <summary>The call does not fit what was done before.</summary>
    InvalidState = -11,

    /// <summary>A fault of the library.</summary>
    InternalError = -12,
}
