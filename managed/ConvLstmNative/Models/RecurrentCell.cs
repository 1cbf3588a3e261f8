namespace ConvLstmNative;

/// <summary>The cell of a recurrent layer of a <see cref="SequenceModel"/>.</summary>
public enum RecurrentCell
{
    /// <summary>As in <see cref="ConvLstmNative.ConvLstm"/>.</summary>
    ConvLstm = 0,

    /// <summary>As in <see cref="ConvLstmNative.ConvGru"/>.</summary>
    ConvGru = 1,
}
