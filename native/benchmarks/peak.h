// The fastest that this machine multiplies and adds: what the benchmarks divide by, and how they notice a
// neighbour who takes a core.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convlstm::benchmarks {

// Runs `rounds` rounds of independent multiply-adds in registers; returns the floating-point operations done.
std::int64_t run_peak_baseline(std::int64_t rounds);
std::int64_t run_peak_avx2(std::int64_t rounds);
std::int64_t run_peak_avx512(std::int64_t rounds);
// Products of pairs of bfloat16, summed up in 32-bit floats.
std::int64_t run_peak_bfloat16(std::int64_t rounds);

inline constexpr const char* kBfloat16Peak = "bf16_dot";

// The probes that this machine can run, by the instruction sets that backends name, and kBfloat16Peak.
std::vector<std::string> available_peaks();

class PeakProbe {
 public:
  // Looks for the best of many short probes. A name that is no available peak reads 0.
  PeakProbe(const std::string& name, int threads);

  double measure();  // GFLOP/s of all threads now: each times itself, all at the same time
  double best() const { return best_; }  // the most that was seen
  bool is_full_speed() { return measure() >= kGoodShare * best_; }

 private:
  static constexpr double kGoodShare = 0.95;

  std::int64_t (*run_)(std::int64_t) = nullptr;
  int threads_;
  double best_ = 0;
};

}  // namespace convlstm::benchmarks
