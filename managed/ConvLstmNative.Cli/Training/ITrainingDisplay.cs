namespace ConvLstmNative.Cli;

/// <summary>Shows a training run to the user while it goes on.</summary>
internal interface ITrainingDisplay
{
    /// <summary>Runs <paramref name="body"/> and shows what it reports; its result and exceptions pass through.</summary>
    Task<T> ShowAsync<T>(Func<Action<StepReport>, Task<T>> body);
}
