using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary>The options that say where a command runs.</summary>
internal sealed class DeviceOptions(string device = "Where to run (default cpu).", string math = "On a GPU: what products are computed in (default fp32).")
{
    private readonly Option<Device?> _device = OptionFactory.Device("--device", device);

    private readonly Option<ComputeMath?> _math = OptionFactory.Choice("--math", math, Words.Maths);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_device, _math];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
            command.Add(option);
    }

    public Device Read(ParseResult result)
    {
        Device device = result.GetValue(_device) ?? Device.Cpu;
        ComputeMath math = result.GetValue(_math) ?? ComputeMath.Fp32;
        if (device.Kind == DeviceKind.Cpu && math != ComputeMath.Fp32)
            throw new UsageException($"--math: expected fp32 for the processor, got {Words.Of(math)}; see --device.");
        return device with { Math = math };
    }
}
