using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary>The options that <c>predict</c> and <c>evaluate</c> share: the model, the data, the frames.</summary>
internal sealed class ForecastOptions
{
    private readonly Option<string?> _model = OptionFactory.Path("--model", "FILE",
        "The model; without it, the one that comes with the tool, trained on moving shapes.");

    private readonly DataOptions _data = new();

    private readonly Option<int?> _inputSteps = OptionFactory.Integer("--input-steps",
        "Frames that the model sees (default as it was trained).", 1, 10_000);

    private readonly Option<int?> _horizon = OptionFactory.Integer("--horizon",
        "Frames to predict (default as the model was trained).", 1, 10_000);

    private readonly DeviceOptions _device = new();

    private readonly Option<int?> _threads = OptionFactory.Integer("--threads",
        "Threads; 0 for one a processor (default 0).", 0, 1024);

    public void AddTo(Command command)
    {
        command.Add(_model);
        _data.AddTo(command);
        command.Add(_inputSteps);
        command.Add(_horizon);
        _device.AddTo(command);
        command.Add(_threads);
    }

    public ForecastRequest Read(ParseResult result) => new()
    {
        Model = result.GetValue(_model),
        Data = _data.Read(result),
        InputSteps = result.GetValue(_inputSteps),
        Horizon = result.GetValue(_horizon),
        Device = _device.Read(result),
        Threads = result.GetValue(_threads) ?? 0,
    };
}
