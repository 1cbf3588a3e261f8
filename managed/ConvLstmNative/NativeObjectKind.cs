namespace ConvLstmNative;

/// <summary>Kinds of native object that are counted.</summary>
public enum NativeObjectKind
{
    /// <summary>Contexts.</summary>
    Context = 0,

    /// <summary>Tensors.</summary>
    Tensor = 1,

    /// <summary>Layers.</summary>
    Layer = 2,

    /// <summary>Recurrent states.</summary>
    State = 3,

    /// <summary>Sessions: a layer made ready for one batch and size.</summary>
    Session = 4,

    /// <summary>Training tapes.</summary>
    Reserve = 5,

    /// <summary>Optimizers.</summary>
    Optimizer = 6,
}
