using Microsoft.ML.OnnxRuntime;

namespace ConvLstmNative.Benchmarks;

using Options = Microsoft.ML.OnnxRuntime.RunOptions;

/// <summary>Inference by ONNX Runtime over memory that was bound once.</summary>
internal sealed class OnnxInference : Contender
{
    /// <summary>The name of ONNX Runtime with every step's nodes among the peers.</summary>
    public const string UnrolledName = "ONNX Runtime unrolled";

    /// <summary>The name of ONNX Runtime with Scan among the peers.</summary>
    public const string ScanName = "ONNX Runtime Scan";

    private readonly Workload _workload;
    private readonly OnnxForm _form;
    private readonly InferenceSession _session;
    private readonly Options _options = new();
    private readonly OnnxModel _model;
    private readonly List<float[]> _outputs = [];
    private readonly List<OrtValue> _frameValues;
    private List<OrtValue> _stateValues;
    private List<OrtValue> _outputValues = [];

    public OnnxInference(Workload workload, OnnxForm form, int threads)
        : base(form.IsScan ? ScanName : UnrolledName, form.ToString(), NumberType.Float32)
    {
        _workload = workload;
        _form = form;
        _model = new OnnxModel(workload, form);
        using SessionOptions session = new()
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Its threads spin within a run but not after it, where they would take a processor from who runs next.
        session.AddSessionConfigEntry("session.force_spinning_stop", "1");
        _session = new InferenceSession(_model.Build(), session);

        BenchmarkShape shape = workload.Shape;
        long[] state = [shape.Batch, shape.HiddenChannels, shape.Size, shape.Size];
        long[] frame = [shape.Batch, shape.InputChannels, shape.Size, shape.Size];
        _stateValues = [.. workload.Layers.SelectMany(layer => new[] { layer.Hidden, layer.Cell })
            .Select(part => OrtValue.CreateTensorValueFromMemory((float[])part.Clone(), state))];
        float[][] frames = [.. Enumerable.Range(0, shape.Steps).Select(t => workload.Step(workload.X, t))];
        _frameValues = form.IsScan
            ? [OrtValue.CreateTensorValueFromMemory(frames.SelectMany(step => step).ToArray(), [shape.Steps, .. frame])]
            : [.. frames.Select(step => OrtValue.CreateTensorValueFromMemory(step, frame))];
        foreach (string name in _model.Outputs)
        {
            _outputs.Add(new float[shape.StateElements * (form.IsScan ? shape.Steps : 1)]);
            _outputValues.Add(OrtValue.CreateTensorValueFromMemory(_outputs[^1], form.IsScan ? [shape.Steps, .. state] : state));
        }
    }

    public static string Version => OrtEnv.Instance().GetVersionString();

    public override void Run()
    {
        _session.Run(
            _options, [.. _model.StateInputs, .. _model.FrameInputs], [.. _stateValues, .. _frameValues], _model.Outputs, _outputValues);
        if (_workload.Shape.IsStreaming)
            (_stateValues, _outputValues) = (_outputValues, _stateValues);
    }

    public override IReadOnlyDictionary<string, float[]> Check()
    {
        Run();
        BenchmarkShape shape = _workload.Shape;
        float[][] steps = _form.IsScan
            ? [.. _outputs[0].Chunk(shape.StateElements)]
            : shape.IsStreaming ? [_outputs[^2]] : [.. _outputs]; // of a stream: h of the top layer, then its c
        return new Dictionary<string, float[]> { ["y"] = _workload.Join(steps) };
    }

    public override void Dispose()
    {
        foreach (OrtValue value in (OrtValue[])[.. _stateValues, .. _frameValues, .. _outputValues])
            value.Dispose();
        _session.Dispose();
        _options.Dispose();
    }
}
