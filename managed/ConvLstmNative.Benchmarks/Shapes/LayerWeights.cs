namespace ConvLstmNative.Benchmarks;

/// <summary>Parameters and initial state of one layer of a stack; gates in the order i f g o.</summary>
/// <param name="InputKernel">(4F, C, K, K).</param>
/// <param name="RecurrentKernel">(4F, F, K, K).</param>
/// <param name="Bias">(4F).</param>
/// <param name="Hidden">h before the first step, (N, F, H, W).</param>
/// <param name="Cell">c before the first step, (N, F, H, W).</param>
internal sealed record LayerWeights(float[] InputKernel, float[] RecurrentKernel, float[] Bias, float[] Hidden, float[] Cell);
