namespace ConvLstmNative.Cli;

/// <summary>Where sequences of frames come from.</summary>
internal enum DataKind
{
    /// <summary>Shapes drawn by the program itself; needs no file.</summary>
    MovingShapes,

    /// <summary>Handwritten digits from an IDX file, moved about.</summary>
    MovingMnist,

    /// <summary>A folder of pictures, one a time step.</summary>
    Frames,

    /// <summary>A NumPy file of sequences.</summary>
    Npy,
}
