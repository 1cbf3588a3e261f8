// The gates of a ConvLSTM over sums that lie apart, for the composition over oneDNN: as vectorized as this
// library's own.
#pragma once

#include <cstdint>

namespace convlstm::benchmarks {

// `count` pixels and channels, a multiple of 16; i, f, g, o are the sums of the convolutions and the bias.
struct GateRun {
  const float *i, *f, *g, *o, *c_before;
  float *c, *h;
  std::int64_t count;
};
using GateFunction = void (*)(const GateRun&);

void run_gates_avx2(const GateRun& run);
void run_gates_avx512(const GateRun& run);

// The widest of this machine; null where it has not even AVX2.
GateFunction find_gates();

}  // namespace convlstm::benchmarks
