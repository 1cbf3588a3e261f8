// GCC 12 warns about the undefined registers inside its own header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "gates_impl.h"

namespace convlstm::benchmarks {
namespace {

struct Avx2 {
  typedef float V __attribute__((vector_size(32)));
  typedef std::int32_t I __attribute__((vector_size(32)));
  static constexpr int kLanes = 8;
  static V broadcast(float value) { return _mm256_set1_ps(value); }
  static V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
  static V min(V bound, V x) { return _mm256_min_ps(bound, x); }
  static V max(V bound, V x) { return _mm256_max_ps(bound, x); }
};

}  // namespace

void run_gates_avx2(const GateRun& run) {
  run_gates<Avx2>(run);
}

}  // namespace convlstm::benchmarks
