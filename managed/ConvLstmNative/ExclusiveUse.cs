namespace ConvLstmNative;

/// <summary>
/// Refuses a second caller of an object that keeps host buffers between calls, before it could mix up what the first one
/// left there. The native library does the same for contexts.
/// </summary>
internal sealed class ExclusiveUse(string name)
{
    private int _isInUse;

    /// <summary>Begins a use, which ends with the scope.</summary>
    /// <exception cref="ContextBusyException">Another thread is in the middle of one.</exception>
    public Scope Enter()
    {
        if (Interlocked.CompareExchange(ref _isInUse, 1, 0) != 0)
            throw new ContextBusyException($"{name}: expected one thread at a time, got a second one while another call runs");
        return new Scope(this);
    }

    /// <summary>A use that is under way.</summary>
    public readonly ref struct Scope(ExclusiveUse owner)
    {
        public void Dispose() => Volatile.Write(ref owner._isInUse, 0);
    }
}
