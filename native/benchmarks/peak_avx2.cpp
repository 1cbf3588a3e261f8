#include <immintrin.h>

#include "peak.h"
#include "peak_loop.h"

namespace convlstm::benchmarks {
namespace {

struct Avx2 {
  typedef float V __attribute__((vector_size(32)));
  static constexpr int kLanes = 8, kChains = 12;
  static V broadcast(float value) { return _mm256_set1_ps(value); }
  static V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
};

}  // namespace

std::int64_t run_peak_avx2(std::int64_t rounds) {
  return run_peak_loop<Avx2>(rounds);
}

}  // namespace convlstm::benchmarks
