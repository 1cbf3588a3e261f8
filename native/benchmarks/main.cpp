// The shapes that the project is measured on, from inside C++: this library alone (forward, single steps,
// training step), the cells and knobs that they do not have, the machine's peaks, the cost of its thread
// pool, many contexts at once, and this library beside a composition over oneDNN. The options of options.h
// come beside Google Benchmark's, such as --benchmark_filter=forward/mm3; CLN_INSTRUCTION_SET chooses the
// instruction set of this library.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include "cell_benchmark.h"
#include "comparison.h"
#include "core_benchmark.h"
#include "options.h"
#include "peak.h"
#include "pool_benchmark.h"

namespace convlstm::benchmarks {
namespace {

constexpr int kRounds = 31, kQuickRounds = 9;

struct Results {
  std::vector<Row> rows;
  std::optional<PeakProbe> probe;
  bool all_agree = true;
};

void register_peaks(int threads) {
  for (const std::string& name : available_peaks())
    benchmark::RegisterBenchmark(("peak/" + name).c_str(), [name, threads](benchmark::State& state) {
      double peak = 0;
      for (auto _ : state) peak = PeakProbe(name, threads).best();
      state.counters["GFLOP/s"] = peak;
    })->Iterations(1);
}

void run_comparison(benchmark::State& state, const Shape& shape, const Options& options, Results& results) {
  Comparison comparison(shape, options.threads);
  if (!comparison.agrees()) {
    results.all_agree = false;
    state.SkipWithError(comparison.complaint().c_str());
    return;
  }
  if (!results.probe) results.probe.emplace(comparison.instruction_set(), options.threads);
  comparison.warm_up(*results.probe, options.is_quick ? 0.2 : 1.0, options.is_quick ? 0.02 : 0.05);
  for (auto _ : state) state.SetIterationTime(comparison.take_round() * 1e-3);
  for (Row& row : comparison.rows()) {
    const std::string prefix = row.policy + "_";
    state.counters[prefix + "ms"] = row.ours_ms;
    state.counters[prefix + "speedup"] = row.pair.speedup;
    for (const auto& [peer, time] : row.peers) state.counters[peer + "_ms"] = time;
    results.rows.push_back(std::move(row));
  }
}

void register_comparisons(const Options& options, Results& results) {
  for (const Shape& shape : options.shapes)
    if (!peer_forms(shape).empty())
      benchmark::RegisterBenchmark(("beside/" + std::string(shape.id)).c_str(),
                                   [&options, &results, shape](benchmark::State& state) {
                                     run_comparison(state, shape, options, results);
                                   })
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime()
          ->Iterations(options.is_quick ? kQuickRounds : kRounds);
}

int check(const Options& options) {
  bool all_agree = true;
  for (const Shape& shape : options.shapes) {
    const Comparison comparison(shape, options.threads);
    all_agree = all_agree && comparison.agrees();
    std::printf("%s\n", comparison.summary().c_str());
    if (!comparison.agrees()) std::fprintf(stderr, "%s\n", comparison.complaint().c_str());
  }
  std::printf(all_agree ? "all outputs agree\n" : "outputs differ\n");
  return all_agree ? 0 : 1;
}

int run(int argc, char** argv) {
  const Options options = take_options(&argc, argv);
  if (options.checks_only) return check(options);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("threads", std::to_string(options.threads));
  benchmark::AddCustomContext("peers", peer_versions());
  Results results;
  register_peaks(options.threads);
  register_comparisons(options, results);
  register_core_benchmarks(options);
  register_cell_benchmarks(options);
  register_pool_benchmarks(options);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();

  MachineFacts machine;
  machine.threads = options.threads;
  machine.instruction_set = make_backend(CLN_DEVICE_CPU, 0, options.threads)->instruction_set();
  machine.peers = peer_versions();
  if (!results.probe) results.probe.emplace(machine.instruction_set, options.threads);
  machine.fma_peak = results.probe->best();
  machine.bfloat16_peak = PeakProbe(kBfloat16Peak, options.threads).best();
  if (!results.rows.empty()) print_rows(machine, results.rows);
  if (!options.json.empty()) write_rows(options.json, machine, results.rows);
  return results.all_agree ? 0 : 1;
}

}  // namespace
}  // namespace convlstm::benchmarks

int main(int argc, char** argv) {
  try {
    return convlstm::benchmarks::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
