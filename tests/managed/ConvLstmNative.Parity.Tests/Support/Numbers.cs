namespace ConvLstmNative.Parity.Tests;

/// <summary>The numbers that go into a run: both implementations get the same ones.</summary>
/// <param name="Parameters">By name.</param>
/// <param name="X">In the layout of the case; empty where no step has an input.</param>
/// <param name="Initial">Parts of the initial state.</param>
/// <param name="OutputGradient">Gradient by the output.</param>
/// <param name="StateGradient">Gradient by the parts of the final state.</param>
internal sealed record Numbers(
    IReadOnlyDictionary<string, ParameterValue> Parameters, float[] X, float[][] Initial, float[] OutputGradient, float[][] StateGradient);

/// <summary>A parameter.</summary>
internal sealed record ParameterValue(long[] Shape, float[] Values);

/// <summary>What comes out, array by array: y, state.P, dx, dstate.P, and the gradient of each parameter by its name.</summary>
internal sealed class Outcome : Dictionary<string, double[]>;
