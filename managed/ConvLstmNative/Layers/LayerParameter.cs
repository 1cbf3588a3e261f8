using System.Collections.Immutable;

namespace ConvLstmNative;

/// <summary>A parameter of a layer.</summary>
/// <param name="Name">Canonical name, such as <c>input_kernel</c>.</param>
/// <param name="Shape">Sizes; kernels are (out, in, H, W) with the gates i, f, g, o packed on the first.</param>
/// <param name="ElementCount">Product of the sizes.</param>
public sealed record LayerParameter(string Name, ImmutableArray<long> Shape, long ElementCount);
