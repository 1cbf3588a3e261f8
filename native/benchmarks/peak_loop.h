#pragma once

#include <cstdint>

// The letter of a vector register in assembly.
#if defined(__aarch64__)
#define CLN_VECTOR "w"
#else
#define CLN_VECTOR "x"
#endif

namespace convlstm::benchmarks {

// `S` is the including file's own type, so that no instantiation leaves that file.
template <typename S>
std::int64_t run_peak_loop(std::int64_t rounds) {
  constexpr int kChains = S::kChains;  // enough to hide the latency of one multiply-add
  typename S::V total[kChains];
  for (int k = 0; k < kChains; ++k) total[k] = S::broadcast(static_cast<float>(k));
  typename S::V a = S::broadcast(0.999f), b = S::broadcast(1e-3f);
  asm volatile(""
               : "+" CLN_VECTOR(a), "+" CLN_VECTOR(b));  // unknown to the compiler, so that nothing is folded
  for (std::int64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 16
    for (int k = 0; k < kChains; ++k) total[k] = S::fma(total[k], a, b);
  for (int k = 0; k < kChains; ++k) asm volatile("" ::CLN_VECTOR(total[k]));
  return rounds * kChains * S::kLanes * 2;
}

}  // namespace convlstm::benchmarks

#undef CLN_VECTOR
