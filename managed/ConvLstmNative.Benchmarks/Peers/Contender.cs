namespace ConvLstmNative.Benchmarks;

/// <summary>Someone who runs a workload.</summary>
/// <param name="peer">Who: the name under which times are reported.</param>
/// <param name="form">How: the best of several forms of a peer is the one that is measured.</param>
/// <param name="type">What its numbers are stored as.</param>
internal abstract class Contender(string peer, string form, NumberType type) : IDisposable
{
    public string Peer => peer;

    public string Form => form;

    public NumberType Type => type;

    /// <summary>One run of the whole sequence; in training with its backward.</summary>
    public abstract void Run();

    /// <summary>One run from the given state, and what came of it: <c>y</c>, or in training the gradients of the parameters by
    /// the names that the library gives them.</summary>
    public abstract IReadOnlyDictionary<string, float[]> Check();

    public abstract void Dispose();
}
