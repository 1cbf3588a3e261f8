namespace ConvLstmNative.Parity.Tests;

/// <summary>Cells in the order of the C header.</summary>
internal enum Cell
{
    ConvLstm,
    ConvGru,
    ConvGruResetAfter,
    SpatioTemporalLstm,
}

/// <summary>What the kernels and the state of a cell are made of.</summary>
internal static class CellTraits
{
    /// <summary>Gates of the input kernel.</summary>
    public static int InputGates(this Cell cell) => cell switch { Cell.ConvLstm => 4, Cell.SpatioTemporalLstm => 7, _ => 3 };

    /// <summary>Gates of the recurrent kernel.</summary>
    public static int RecurrentGates(this Cell cell) => cell is Cell.ConvLstm or Cell.SpatioTemporalLstm ? 4 : 3;

    /// <summary>Parts of the state that belong to a layer alone: h, and c.</summary>
    public static int OwnParts(this Cell cell) => cell is Cell.ConvLstm or Cell.SpatioTemporalLstm ? 2 : 1;

    /// <summary>Whether there is a memory m beside them.</summary>
    public static bool HasMemory(this Cell cell) => cell == Cell.SpatioTemporalLstm;
}
