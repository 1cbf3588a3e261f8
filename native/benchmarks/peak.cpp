#include "peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace convlstm::benchmarks {
namespace {

// About a tenth of a millisecond a thread.
constexpr std::int64_t kRounds = 50'000;
constexpr int kCalibration = 400;

using Run = std::int64_t (*)(std::int64_t);

Run find_peak(const std::string& name) {
  if (name == "baseline") return run_peak_baseline;
#if defined(__x86_64__)
  if (name == "avx2" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return run_peak_avx2;
  if ((name == "avx512" || name == "avx512_bf16") && __builtin_cpu_supports("avx512f"))
    return run_peak_avx512;
  if (name == kBfloat16Peak && __builtin_cpu_supports("avx512bf16")) return run_peak_bfloat16;
#endif
#if defined(__aarch64__)
  if (name == "neon") return run_peak_neon;
#endif
  return nullptr;
}

}  // namespace

std::vector<std::string> available_peaks() {
  std::vector<std::string> names;
  for (const char* name : {"baseline", "avx2", "avx512", "neon", kBfloat16Peak})
    if (find_peak(name) != nullptr) names.emplace_back(name);
  return names;
}

PeakProbe::PeakProbe(const std::string& name, int threads) : run_(find_peak(name)), threads_(threads) {
  for (int attempt = 0; run_ != nullptr && attempt < kCalibration; ++attempt) measure();
}

double PeakProbe::measure() {
  if (run_ == nullptr) return 0;
  std::vector<double> rates(static_cast<std::size_t>(threads_));
  std::atomic<int> waiting{threads_};
  const auto probe = [&](std::size_t index) {
    for (--waiting; waiting > 0;) {
    }
    const auto start = std::chrono::steady_clock::now();
    const std::int64_t operations = run_(kRounds);
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    rates[index] = static_cast<double>(operations) / time.count();
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t index = 1; index < rates.size(); ++index) others.emplace_back(probe, index);
    probe(0);
  }
  double sum = 0;
  for (const double rate : rates) sum += rate;
  best_ = std::max(best_, sum);
  return sum;
}

}  // namespace convlstm::benchmarks
