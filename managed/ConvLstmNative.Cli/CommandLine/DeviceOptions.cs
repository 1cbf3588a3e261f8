using System.CommandLine;

namespace ConvLstmNative.Cli;

/// <summary>The options that say where a command runs.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<Device?> _device = OptionFactory.Device("--device", "Where to run (default cpu).");

    private readonly Option<ComputeMath?> _math = OptionFactory.Choice("--math",
        "On a GPU: what products are computed in (default fp32).", Words.Maths);

    public void AddTo(Command command)
    {
        command.Add(_device);
        command.Add(_math);
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
