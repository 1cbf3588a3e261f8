// The fastest that this machine multiplies and adds: what the benchmarks divide by.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convlstm::benchmarks {

// Runs `rounds` rounds of independent fused multiply-adds in registers; returns the floating-point operations
// done.
std::int64_t run_peak_baseline(std::int64_t rounds);
std::int64_t run_peak_avx2(std::int64_t rounds);
std::int64_t run_peak_avx512(std::int64_t rounds);
std::int64_t run_peak_neon(std::int64_t rounds);

// The instruction sets of this machine that have a probe.
std::vector<std::string> available_peaks();

// GFLOP/s of `threads` threads together for an instruction set by name: the best of several short probes.
double measure_peak(const std::string& instruction_set, int threads);

}  // namespace convlstm::benchmarks
