using System.Collections.Immutable;

namespace ConvLstmNative;

/// <summary>A parameter of a layer.</summary>
/// <param name="Name">Canonical name, such as <c>input_kernel</c>; in a stack it begins with <c>layers.0.</c> and so on, where there
/// are two directions with <c>forward.</c> or <c>reverse.</c>, as in <c>layers.1.reverse.bias</c>.</param>
/// <param name="Shape">Sizes; kernels are (out, in, H, W) with the gates packed on the first: i, f, g, o of a ConvLSTM, z, r, n of a
/// ConvGRU.</param>
/// <param name="ElementCount">Product of the sizes.</param>
public sealed record LayerParameter(string Name, ImmutableArray<long> Shape, long ElementCount);
