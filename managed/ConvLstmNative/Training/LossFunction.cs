using ConvLstmNative.Interop;

namespace ConvLstmNative;

/// <summary>Computes losses on the device.</summary>
public static unsafe class LossFunction
{
    /// <summary>Computes a loss and, where wanted, its gradient by the prediction.</summary>
    /// <param name="loss">Which loss.</param>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same number of elements; for cross-entropy each in [0, 1].</param>
    /// <param name="weights">The same number of elements: what each counts in the mean, which stays a sum divided by the number
    /// of elements; null: 1 each.</param>
    /// <param name="gradient">Receives the gradient; may be <paramref name="prediction"/> itself, or null.</param>
    /// <returns>The loss.</returns>
    public static float Evaluate(Loss loss, Tensor prediction, Tensor target, Tensor? weights, Tensor? gradient)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        float value;
        NativeMethods.LossEvaluate(
            prediction.Context.Handle,
            (int)loss,
            prediction.Handle,
            target.Handle,
            weights?.Handle ?? TensorHandle.None,
            gradient?.Handle ?? TensorHandle.None,
            &value).ThrowIfFailed();
        return value;
    }
}
