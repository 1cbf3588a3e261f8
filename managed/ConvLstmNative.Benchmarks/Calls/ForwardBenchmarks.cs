using BenchmarkDotNet.Attributes;

namespace ConvLstmNative.Benchmarks;

/// <summary>Inference of one sequence, from caller's memory to caller's memory.</summary>
[MemoryDiagnoser]
[InProcess] // a project of its own would copy libtorch again
public class ForwardBenchmarks
{
    private Context _context = null!;
    private ConvLstm _layer = null!;
    private float[] _frames = null!;
    private float[] _hidden = null!;

    /// <summary>What to run.</summary>
    [ParamsSource(nameof(Shapes))]
    public BenchmarkShape Shape { get; set; } = null!;

    /// <summary>Values of <see cref="Shape"/>.</summary>
    public static IEnumerable<BenchmarkShape> Shapes => BenchmarkShape.All.Where(shape => shape.Id is "seed" or "small" or "step");

    /// <summary>Makes the layer and its input.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _context = Context.Cpu();
        _layer = new ConvLstm(_context, Shape.Layer);
        _layer.Initialize(seed: 1);
        Random random = new(1);
        _frames = new float[Shape.Input.ElementCount];
        foreach (ref float value in _frames.AsSpan())
            value = random.NextSingle();
        _hidden = new float[Shape.Output.ElementCount];
    }

    /// <summary>One call.</summary>
    [Benchmark]
    public void Forward() => _layer.Forward(_frames, Shape.Input, state: null, _hidden);

    /// <summary>Frees what <see cref="Setup"/> made.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _layer.Dispose();
        _context.Dispose();
    }
}
