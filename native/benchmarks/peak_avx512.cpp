#include <immintrin.h>

#include "peak.h"
#include "peak_loop.h"

namespace convlstm::benchmarks {
namespace {

struct Avx512 {
  typedef float V __attribute__((vector_size(64)));
  static constexpr int kLanes = 16, kChains = 12;
  static V broadcast(float value) { return _mm512_set1_ps(value); }
  static V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
};

}  // namespace

std::int64_t run_peak_avx512(std::int64_t rounds) {
  return run_peak_loop<Avx512>(rounds);
}

}  // namespace convlstm::benchmarks
