#include "peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "core/thread_pool.h"

namespace convlstm::benchmarks {

std::vector<std::string> available_peaks() {
  std::vector<std::string> names{"baseline"};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) names.push_back("avx2");
  if (__builtin_cpu_supports("avx512f")) names.push_back("avx512");
#endif
#if defined(__aarch64__)
  names.push_back("neon");
#endif
  return names;
}

double measure_peak(const std::string& instruction_set, int threads) {
  std::int64_t (*probe)(std::int64_t) = run_peak_baseline;
#if defined(__x86_64__)
  if (instruction_set == "avx2") probe = run_peak_avx2;
  if (instruction_set == "avx512") probe = run_peak_avx512;
#endif
#if defined(__aarch64__)
  if (instruction_set == "neon") probe = run_peak_neon;
#endif
  ThreadPool pool(threads);
  double best = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::atomic<std::int64_t> operations{0};
    const auto start = std::chrono::steady_clock::now();
    pool.parallel_for(threads, [&](std::int64_t) { operations += probe(1'000'000); });
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(operations) / time.count() * 1e-9);
  }
  return best;
}

}  // namespace convlstm::benchmarks
