namespace ConvLstmNative.Benchmarks;

/// <summary>Builds the graphs: inputs are h and c of every layer, then x; outputs y, or for a stream h and c of every layer.</summary>
internal sealed class OnnxModel(Workload workload, OnnxForm form)
{
    private readonly BenchmarkShape _shape = workload.Shape;

    public List<string> StateInputs { get; } = [];

    /// <summary>One for each step, or the whole sequence (T, N, C, H, W) for Scan.</summary>
    public List<string> FrameInputs { get; } = [];

    public List<string> Outputs { get; } = [];

    private long[] State => [_shape.Batch, _shape.HiddenChannels, _shape.Size, _shape.Size];

    private long[] Frame => [_shape.Batch, _shape.InputChannels, _shape.Size, _shape.Size];

    public byte[] Build() => form.IsScan ? BuildScan() : BuildUnrolled();

    private byte[] BuildUnrolled()
    {
        OnnxGraph graph = new("unrolled");
        string[][] states = DeclareStates(graph);
        AddWeights(graph);
        for (int t = 0; t < _shape.Steps; t++)
        {
            FrameInputs.Add(graph.Input($"x{t}", Frame));
            string y = AddStep(graph, FrameInputs[t], states, $"t{t}");
            if (!_shape.IsStreaming)
                Outputs.Add(graph.Output(y, State));
        }

        if (_shape.IsStreaming)
            Outputs.AddRange(states.SelectMany(parts => parts).Select(part => graph.Output(part, State)));
        return graph.ToModel();
    }

    private byte[] BuildScan()
    {
        OnnxGraph body = new("step");
        string[][] states = DeclareStates(body);
        string x = body.Input("x", Frame);
        AddWeights(body);
        string y = AddStep(body, x, states, "t");
        string[] final = [.. states.SelectMany(parts => parts)];
        foreach (string part in final)
            body.Output(part, State);
        body.Output(body.Node("Identity", "y", [y]), State);

        OnnxGraph graph = new("scan");
        foreach (string input in StateInputs)
            graph.Input(input, State);
        FrameInputs.Add(graph.Input("xs", [_shape.Steps, .. Frame]));
        string[] outputs = [.. final.Select(part => "last_" + part), "ys"];
        graph.Node(
            "Scan", outputs, [.. StateInputs, "xs"], OnnxGraph.Attribute("num_scan_inputs", 1), OnnxGraph.Attribute("body", body));
        Outputs.Add(graph.Output("ys", [_shape.Steps, .. State]));
        return graph.ToModel();
    }

    private string[][] DeclareStates(OnnxGraph graph)
    {
        string[][] states = [.. Enumerable.Range(0, _shape.Layers).Select(
            layer => new[] { graph.Input($"h{layer}", State), graph.Input($"c{layer}", State) })];
        StateInputs.AddRange(states.SelectMany(parts => parts));
        return states;
    }

    private void AddWeights(OnnxGraph graph)
    {
        long rows = 4 * _shape.HiddenChannels;
        int kernel = _shape.KernelSize;
        for (int layer = 0; layer < _shape.Layers; layer++)
        {
            LayerWeights weights = workload.Layers[layer];
            int inputs = _shape.InputsOf(layer);
            graph.Constant($"b{layer}", weights.Bias, rows);
            if (form.IsSplit)
            {
                graph.Constant($"wx{layer}", weights.InputKernel, rows, inputs, kernel, kernel);
                graph.Constant($"wh{layer}", weights.RecurrentKernel, rows, _shape.HiddenChannels, kernel, kernel);
            }
            else
            {
                graph.Constant($"w{layer}", Concatenate(weights, (int)rows), rows, inputs + _shape.HiddenChannels, kernel, kernel);
            }
        }
    }

    private static float[] Concatenate(LayerWeights weights, int rows)
    {
        int input = weights.InputKernel.Length / rows;
        int hidden = weights.RecurrentKernel.Length / rows;
        float[] both = new float[rows * (input + hidden)];
        for (int row = 0; row < rows; row++)
        {
            weights.InputKernel.AsSpan(row * input, input).CopyTo(both.AsSpan(row * (input + hidden)));
            weights.RecurrentKernel.AsSpan(row * hidden, hidden).CopyTo(both.AsSpan((row * (input + hidden)) + input));
        }

        return both;
    }

    /// <summary>All layers of a step; <paramref name="states"/> become those after it. Returns h of the top.</summary>
    private string AddStep(OnnxGraph graph, string x, string[][] states, string step)
    {
        for (int layer = 0; layer < _shape.Layers; layer++)
        {
            string name = $"{step}_{layer}_";
            (string h, string c) = (states[layer][0], states[layer][1]);
            string sums = form.IsSplit
                ? graph.Node(
                    "Add", name + "sums", [Convolve(graph, name + "fromx", x, $"wx{layer}", $"b{layer}"), Convolve(graph, name + "fromh", h, $"wh{layer}")])
                : Convolve(
                    graph, name + "sums", graph.Node("Concat", name + "xh", [x, h], OnnxGraph.Attribute("axis", 1)), $"w{layer}", $"b{layer}");
            string[] gates = [name + "i", name + "f", name + "g", name + "o"];
            graph.Node("Split", gates, [sums], OnnxGraph.Attribute("axis", 1));
            string[] acts = [.. gates.Select((gate, index) => graph.Node(index == 2 ? "Tanh" : "Sigmoid", gate + "_act", [gate]))];
            string kept = graph.Node("Mul", name + "kept", [acts[1], c]);
            string added = graph.Node("Mul", name + "added", [acts[0], acts[2]]);
            string next = graph.Node("Add", name + "c", [kept, added]);
            string y = graph.Node("Mul", name + "h", [acts[3], graph.Node("Tanh", name + "c_act", [next])]);
            states[layer] = [y, next];
            x = y;
        }

        return x;
    }

    private string Convolve(OnnxGraph graph, string output, params string[] inputs)
    {
        int padding = _shape.KernelSize / 2;
        return graph.Node(
            "Conv",
            output,
            inputs,
            OnnxGraph.Attribute("kernel_shape", _shape.KernelSize, _shape.KernelSize),
            OnnxGraph.Attribute("pads", padding, padding, padding, padding));
    }
}
