namespace ConvLstmNative.Benchmarks;

/// <summary>A graph of ONNX as it grows: the part of the format that the models here need.</summary>
internal sealed class OnnxGraph(string name)
{
    private const int FloatElements = 1;
    private const int IntAttribute = 2;
    private const int GraphAttribute = 5;
    private const int IntsAttribute = 7;
    private const int IrVersion = 8;
    private const int Opset = 17;
    private readonly ProtoMessage _graph = new ProtoMessage().Add(2, name);

    public string Input(string value, params long[] shape) => Declare(11, value, shape);

    public string Output(string value, params long[] shape) => Declare(12, value, shape);

    public string Constant(string value, float[] elements, params long[] shape)
    {
        ProtoMessage tensor = new();
        foreach (long size in shape)
            tensor.Add(1, size);
        _graph.Add(5, tensor.Add(2, FloatElements).Add(8, value).Add(9, elements));
        return value;
    }

    /// <summary>A node of one output, which has its name.</summary>
    public string Node(string operation, string output, string[] inputs, params ProtoMessage[] attributes)
    {
        Node(operation, [output], inputs, attributes);
        return output;
    }

    public void Node(string operation, string[] outputs, string[] inputs, params ProtoMessage[] attributes)
    {
        ProtoMessage node = new ProtoMessage().Add(3, outputs[0] + "_" + operation).Add(4, operation);
        foreach (string input in inputs)
            node.Add(1, input);
        foreach (string output in outputs)
            node.Add(2, output);
        foreach (ProtoMessage attribute in attributes)
            node.Add(5, attribute);
        _graph.Add(1, node);
    }

    public static ProtoMessage Attribute(string name, long value) => new ProtoMessage().Add(1, name).Add(3, value).Add(20, IntAttribute);

    public static ProtoMessage Attribute(string name, params long[] values)
    {
        ProtoMessage attribute = new ProtoMessage().Add(1, name).Add(20, IntsAttribute);
        foreach (long value in values)
            attribute.Add(8, value);
        return attribute;
    }

    public static ProtoMessage Attribute(string name, OnnxGraph value) => new ProtoMessage().Add(1, name).Add(6, value._graph).Add(20, GraphAttribute);

    /// <summary>The bytes of a model file.</summary>
    public byte[] ToModel() => new ProtoMessage()
        .Add(1, IrVersion)
        .Add(2, "ConvLstmNative.Benchmarks")
        .Add(7, _graph)
        .Add(8, new ProtoMessage().Add(1, string.Empty).Add(2, Opset))
        .ToArray();

    private string Declare(int field, string value, long[] shape)
    {
        ProtoMessage sizes = new();
        foreach (long size in shape)
            sizes.Add(1, new ProtoMessage().Add(1, size));
        ProtoMessage tensor = new ProtoMessage().Add(1, FloatElements).Add(2, sizes);
        _graph.Add(field, new ProtoMessage().Add(1, value).Add(2, new ProtoMessage().Add(1, tensor)));
        return value;
    }
}
