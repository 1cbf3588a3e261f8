// What a program finds that has the packages and nothing else: the core, and what is said of CUDA devices.
//
//   PackageUse with-cuda|without-cuda
using ConvLstmNative;

using Context cpu = Context.Cpu();
using ConvLstm layer = new(cpu, new ConvLstmOptions { InputChannels = 1, HiddenChannels = 2 });
SequenceShape shape = new(1, 2, 1, 4, 4);
layer.Forward(new float[shape.ElementCount], shape, null, new float[layer.OutputShape(shape).ElementCount]);
Console.WriteLine(NativeRuntime.Diagnostics);

string said;
try
{
    using Context gpu = Context.Cuda();
    said = $"a device: {gpu.DeviceName}";
}
catch (UnsupportedFeatureException exception)
{
    said = exception.Message;
}

Console.WriteLine($"Context.Cuda: {said}");
// The library says itself what it lacks: a driver, or cuDNN; the core says where the library is missing.
string[] expected = args is ["with-cuda"] ? ["a device: ", "install NVIDIA's driver", "install cuDNN 9"] : ["CUDA devices need libconvlstm_native_cuda.so"];
if (expected.Any(text => said.Contains(text, StringComparison.Ordinal)))
    return 0;
Console.Error.WriteLine($"PackageUse: expected of Context.Cuda one of: {string.Join("; ", expected)}");
return 1;
