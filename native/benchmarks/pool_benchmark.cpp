#include "pool_benchmark.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/thread_pool.h"
#include "own_stack.h"

namespace convlstm::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Additions that wait for each other, so that a part takes as long on every thread.
void add_up(std::int64_t additions) {
  double total = 0;
  for (std::int64_t k = 0; k < additions; ++k) {
    total += 1;
    asm volatile("" : : "g"(&total) : "memory");
  }
}

// A region with one part a thread; what it takes longer than a part alone is the cost of the region.
void run_region(benchmark::State& state, int threads, std::int64_t additions) {
  constexpr int kCalls = 10'000;
  double alone = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto start = Clock::now();
    for (int call = 0; call < kCalls; ++call) add_up(additions);
    const double time = seconds_since(start) / kCalls;
    alone = attempt == 0 ? time : std::min(alone, time);
  }
  ThreadPool pool(threads);
  const auto start = Clock::now();
  for (auto _ : state) pool.parallel_for(threads, [&](std::int64_t) { add_up(additions); });
  const double region = seconds_since(start) / static_cast<double>(state.iterations());
  state.counters["part_ns"] = alone * 1e9;
  state.counters["cost_ns"] = (region - alone) * 1e9;
}

// Calls of all contexts in turn against the same calls at once, each context on a calling thread of its own.
// A ratio of 1 says that they take nothing from each other, neither processors nor the caches that those
// share; layers of one thread, which leave processors idle in turn, go above it.
void run_contexts(benchmark::State& state, const Shape& shape, int threads, bool trains) {
  constexpr int kContexts = 8;
  const Workload workload(shape);
  std::vector<std::unique_ptr<OwnStack>> stacks;
  for (int k = 0; k < kContexts; ++k)
    stacks.push_back(std::make_unique<OwnStack>(workload, kFast, threads, trains));
  const auto run = [&](OwnStack& stack, int calls) {
    for (int call = 0; call < calls; ++call) trains ? stack.train() : stack.forward();
  };
  for (auto& stack : stacks) run(*stack, 1);  // lays the weights out
  const auto calibration = Clock::now();
  run(*stacks.front(), 1);
  const int calls = std::clamp(static_cast<int>(0.03 / seconds_since(calibration)), 1, 1000);

  std::vector<double> ratios;
  for (auto _ : state) {
    auto start = Clock::now();
    for (int call = 0; call < calls; ++call)
      for (auto& stack : stacks) run(*stack, 1);
    const double in_turn = seconds_since(start);
    start = Clock::now();
    {
      std::vector<std::jthread> callers;
      for (auto& stack : stacks) callers.emplace_back([&run, &stack, calls] { run(*stack, calls); });
    }
    const double at_once = seconds_since(start);
    state.SetIterationTime(at_once);
    ratios.push_back(in_turn / at_once);
  }
  std::nth_element(ratios.begin(), ratios.begin() + ratios.size() / 2, ratios.end());
  state.counters["throughput_ratio"] = ratios[ratios.size() / 2];
  state.SetLabel(std::to_string(kContexts) + " contexts of " + std::to_string(threads) + " threads");
}

}  // namespace

void register_pool_benchmarks(const Options& options) {
  const int threads = options.threads;
  for (const std::int64_t additions : {0, 200, 2000, 20'000})
    benchmark::RegisterBenchmark(("pool/region/" + std::to_string(additions)).c_str(),
                                 [=](benchmark::State& state) { run_region(state, threads, additions); })
        ->UseRealTime();
  for (const bool trains : {false, true})
    for (const Shape& shape : options.shapes)
      if (shape.is_trained || !trains)
        benchmark::RegisterBenchmark(
            ((trains ? "contexts/train/" : "contexts/forward/") + std::string(shape.id)).c_str(),
            [=](benchmark::State& state) { run_contexts(state, shape, threads, trains); })
            ->Unit(benchmark::kMillisecond)
            ->UseManualTime()
            ->Iterations(options.is_quick ? 3 : 9);
}

}  // namespace convlstm::benchmarks
