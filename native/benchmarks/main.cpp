// Forward and training step of the shapes that the project is measured on, in GFLOP/s and as a share of what
// the machine can multiply. CLN_INSTRUCTION_SET chooses the instruction set, CLN_THREADS the threads
// (default: all processors); the options are Google Benchmark's, such as --benchmark_filter=forward/mm3.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/thread_pool.h"
#include "layer_benchmark.h"
#include "peak.h"

int main(int argc, char** argv) {
  const char* wanted = std::getenv("CLN_THREADS");
  const int threads = wanted != nullptr ? std::max(1, std::atoi(wanted)) : convlstm::available_processors();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("threads", std::to_string(threads));
  for (const std::string& name : convlstm::benchmarks::available_peaks())
    benchmark::RegisterBenchmark(("peak/" + name).c_str(), [name, threads](benchmark::State& state) {
      double peak = 0;
      for (auto _ : state) peak = std::max(peak, convlstm::benchmarks::measure_peak(name, threads));
      state.counters["GFLOP/s"] = peak;
    })->Iterations(3);
  convlstm::benchmarks::register_layer_benchmarks(threads);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
