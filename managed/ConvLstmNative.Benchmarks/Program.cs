using BenchmarkDotNet.Running;
using ConvLstmNative.Benchmarks;

// The first word chooses: what a call costs and allocates, by BenchmarkDotNet, or this library beside its peers.
if (args is ["allocations", .. string[] options])
{
    BenchmarkSwitcher.FromAssembly(typeof(ForwardBenchmarks).Assembly).Run(options);
    return 0;
}

return BenchmarkCommand.Create().Parse(args).Invoke();
