namespace ConvLstmNative.Benchmarks;

/// <summary>One shape, in inference or in training: everybody is checked, the best form of each peer is chosen, then all are timed.</summary>
internal sealed class Trial(BenchmarkShape shape, bool isTraining, PeerSelection peers) : IDisposable
{
    private readonly Workload _workload = new(shape);
    private readonly List<Contender> _contenders = [];
    private readonly Dictionary<Contender, double> _errors = [];
    private IReadOnlyDictionary<string, float[]>? _expected;

    /// <summary>Who came how close, in all forms: contender, form, type and the largest relative error.</summary>
    public IEnumerable<(Contender Contender, double Error)> Errors => _errors.Select(pair => (pair.Key, pair.Value));

    /// <summary>Runs everybody once and compares; of each peer the best form stays.</summary>
    /// <exception cref="InvalidOperationException">Somebody is off.</exception>
    public void Prepare()
    {
        if (peers.HasTorch)
        {
            using Contender reference = PeerSelection.Reference(_workload, isTraining);
            _expected = reference.Check();
        }

        AddOwn(ComputePolicy.Fast, NumberType.Float32);
        AddOwn(ComputePolicy.Exact, NumberType.Float32);
        AddOwn(ComputePolicy.Fast, NumberType.Bfloat16);
        foreach (IReadOnlyList<Func<Contender>> forms in peers.Of(_workload, isTraining))
            _contenders.Add(ChooseForm(forms));
    }

    /// <summary>Times who was prepared.</summary>
    /// <param name="sideBySide">How.</param>
    /// <param name="machine">What rates are divided by, as it is known after the rounds.</param>
    public List<ResultRow> Measure(SideBySide sideBySide, Func<Peaks> machine)
    {
        Rounds rounds = sideBySide.Measure(_contenders);
        Peaks peaks = machine();
        return [.. _contenders.OfType<OwnLayer>().Select(own => Row(own, rounds, peaks))];
    }

    public void Dispose()
    {
        foreach (Contender contender in _contenders)
            contender.Dispose();
    }

    private void AddOwn(ComputePolicy policy, NumberType type)
    {
        OwnLayer own = isTraining
            ? new OwnTraining(_workload, policy, type, peers.Threads)
            : new OwnInference(_workload, policy, type, peers.Threads);
        _contenders.Add(own);
        Check(own);
    }

    private Contender ChooseForm(IReadOnlyList<Func<Contender>> forms)
    {
        Contender? best = null;
        double bestTime = double.MaxValue;
        foreach (Func<Contender> form in forms)
        {
            Contender contender = form();
            Check(contender);
            double time = forms.Count > 1 ? SideBySide.Glance(contender, bestTime) : 0;
            if (best is null || time < bestTime)
            {
                best?.Dispose();
                (best, bestTime) = (contender, time);
            }
            else
            {
                contender.Dispose();
            }
        }

        return best!;
    }

    private void Check(Contender contender)
    {
        IReadOnlyDictionary<string, float[]> actual = contender.Check();
        _expected ??= actual; // without libtorch the first, this library in 32-bit floats
        double error = Comparison.LargestError(_expected, actual);
        if (!(error <= Comparison.Tolerance(contender.Type, isTraining)))
        {
            throw new InvalidOperationException(
                FormattableString.Invariant($"{shape}: {contender.Peer} ({contender.Form}, {contender.Type.Short()}) is off by {error:0.0e0}: nothing is timed"));
        }

        _errors[contender] = error;
    }

    private ResultRow Row(OwnLayer own, Rounds rounds, Peaks peaks)
    {
        int ours = _contenders.IndexOf(own);
        Contender[] rivals = Rivals(own.Type);
        Contender? best = Best(own.Type);
        PairOfContenders? pair = Compare(best);
        double milliseconds = rounds.Milliseconds(ours);
        return new ResultRow
        {
            Id = shape.Id,
            Dtype = own.Type.Short(),
            Policy = own.Policy.ToString(),
            Executor = own.Executor,
            OursMs = milliseconds,
            Peers = rivals.ToDictionary(rival => rival.Peer, rival => rounds.Milliseconds(_contenders.IndexOf(rival))),
            PeerForms = rivals.ToDictionary(rival => rival.Peer, rival => rival.Form),
            BestPeer = best?.Peer,
            Speedup = pair?.Speedup,
            SpeedupSpread = pair?.Spread,
            SpeedupOverFp32 = Compare(Best(NumberType.Float32))?.Speedup,
            SpeedupOverBf16 = Compare(Best(NumberType.Bfloat16))?.Speedup,
            Gflops = shape.Operations(isTraining) * 1e-6 / milliseconds,
            FmaPeakGflops = peaks.Fma,
            Bf16PeakGflops = peaks.Bfloat16Dot,
            MaxError = _errors[own],
            IsErrorAgainstFp64 = peers.HasTorch,
            Rounds = rounds.Count,
            GoodPairs = pair?.GoodPairs ?? rounds.GoodSamples(ours),
            IsNoisy = pair?.IsNoisy ?? rounds.GoodSamples(ours) < PairOfContenders.EnoughPairs,
            Date = Machine.Now(),
        };

        Contender[] Rivals(NumberType type) => [.. _contenders.Where(contender => contender is not OwnLayer && contender.Type == type)];
        Contender? Best(NumberType type) => Rivals(type).MinBy(rival => rounds.Milliseconds(_contenders.IndexOf(rival)));
        PairOfContenders? Compare(Contender? rival) => rival is null ? null : rounds.Compare(ours, _contenders.IndexOf(rival));
    }
}
