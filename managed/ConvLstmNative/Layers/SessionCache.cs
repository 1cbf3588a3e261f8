namespace ConvLstmNative;

/// <summary>The sessions of a layer for the shapes that it ran last, most recent first.</summary>
internal sealed class SessionCache(Layer layer) : IDisposable
{
    private const int Capacity = 8;

    private readonly Lock _gate = new();
    private readonly List<Session> _sessions = [];
    private volatile Session? _last;
    private bool _isDisposed;

    /// <summary>The session that was asked for last, without waiting for anybody; null where it was freed.</summary>
    public Session? Last => _last;

    /// <summary>The session for this batch and size; made where there is none yet.</summary>
    public Session Get(in SequenceShape shape)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, layer);
            for (int index = 0; index < _sessions.Count; index++)
            {
                if (_sessions[index].Fits(shape))
                    return _last = MoveToFront(index);
            }

            Session made = new(layer, shape);
            if (_sessions.Count == Capacity)
                RemoveAt(Capacity - 1);
            _sessions.Insert(0, made);
            return _last = made;
        }
    }

    /// <summary>Frees all sessions; tapes keep theirs.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            while (_sessions.Count > 0)
                RemoveAt(_sessions.Count - 1);
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        Trim();
    }

    private Session MoveToFront(int index)
    {
        Session session = _sessions[index];
        if (index > 0)
        {
            _sessions.RemoveAt(index);
            _sessions.Insert(0, session);
        }

        return session;
    }

    private void RemoveAt(int index)
    {
        if (_sessions[index] == _last)
            _last = null;
        _sessions[index].Release();
        _sessions.RemoveAt(index);
    }
}
