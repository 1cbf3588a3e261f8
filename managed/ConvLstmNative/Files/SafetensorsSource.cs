namespace ConvLstmNative;

/// <summary>Gives a tensor's elements to a file that is being written.</summary>
/// <param name="values">Receives all elements.</param>
public delegate void SafetensorsSource(Span<float> values);
