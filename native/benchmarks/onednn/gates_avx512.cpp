// GCC 12 warns about the undefined registers inside its own header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "gates_impl.h"

namespace convlstm::benchmarks {
namespace {

struct Avx512 {
  typedef float V __attribute__((vector_size(64)));
  typedef std::int32_t I __attribute__((vector_size(64)));
  static constexpr int kLanes = 16;
  static V broadcast(float value) { return _mm512_set1_ps(value); }
  static V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
  static V min(V bound, V x) { return _mm512_min_ps(bound, x); }
  static V max(V bound, V x) { return _mm512_max_ps(bound, x); }
};

}  // namespace

void run_gates_avx512(const GateRun& run) {
  run_gates<Avx512>(run);
}

}  // namespace convlstm::benchmarks
