#include "core_benchmark.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstring>
#include <string>

#include "own_stack.h"
#include "peak.h"

namespace convlstm::benchmarks {
namespace {

enum class Kind { forward, stream, train };

void run(benchmark::State& state, const Shape& shape, const Mode& mode, int threads, Kind kind) {
  const Workload workload(shape);
  const bool trains = kind == Kind::train;
  OwnStack stack(workload, mode, threads, trains);
  const auto once = [&] {
    if (kind == Kind::forward) stack.forward();
    if (kind == Kind::stream) stack.stream();
    if (kind == Kind::train) stack.train();
  };
  once();  // lays the weights out
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) once();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  // Measured beside the run: the machine may be shared.
  const double peak = PeakProbe(stack.instruction_set(), threads).best();
  const double rate =
      shape.operations(trains) * static_cast<double>(state.iterations()) / time.count() * 1e-9;
  state.counters["GFLOP/s"] = rate;
  state.counters["fma_peak"] = peak;
  state.counters["of_fma_peak"] = rate / peak;
  if (mode.storage == CLN_STORAGE_BFLOAT16) {
    const double dot = PeakProbe(kBfloat16Peak, threads).best();
    if (dot > 0) state.counters["of_bf16_peak"] = rate / dot;
  }
  state.SetLabel(stack.executor() + " " + stack.instruction_set());
}

void register_one(const Shape& shape, const Mode& mode, int threads, Kind kind) {
  static constexpr const char* kNames[] = {"forward/", "stream/", "train/"};
  const std::string name = kNames[static_cast<int>(kind)] + std::string(shape.id) + "/" + mode.name;
  const Shape run_shape = kind == Kind::stream ? shape.stream() : shape;
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) { run(state, run_shape, mode, threads, kind); })
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace

void register_core_benchmarks(const Options& options) {
  for (const Kind kind : {Kind::forward, Kind::stream, Kind::train})
    for (const Shape& shape : options.shapes) {
      if ((kind == Kind::stream && !shape.is_streamed) || (kind == Kind::train && !shape.is_trained))
        continue;
      for (const Mode& mode : {kFast, kExact, kBfloat16}) register_one(shape, mode, options.threads, kind);
    }
}

}  // namespace convlstm::benchmarks
