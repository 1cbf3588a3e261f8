namespace ConvLstmNative.Parity.Tests;

internal enum PeepholeKind { None, PerChannel, PerPixel }

internal enum GateFunction { Sigmoid, HardSigmoidKeras2, HardSigmoidKeras3 }

internal enum CellFunction { Tanh, Relu, Sigmoid, Linear }

internal enum NormalizationKind { None, Group, Layer }

internal enum PaddingKind { SameTensorFlow, SamePyTorch, Valid, Explicit }

internal enum DirectionKind { Forward, Reverse, Bidirectional }

internal enum MergeKind { Concat, Sum, Multiply, Average }

internal enum MaskKind { None, Repeat, Zero }
