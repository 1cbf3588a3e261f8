namespace ConvLstmNative;

/// <summary>How a layer of a model runs.</summary>
/// <param name="Layer">Its name, such as "encoder.0".</param>
/// <param name="Plan">Its plan.</param>
public sealed record LayerPlan(string Layer, ExecutionPlan Plan);
