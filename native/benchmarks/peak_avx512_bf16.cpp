// GCC 12 warns about the undefined registers inside its own header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "peak.h"
#include "peak_loop.h"

namespace convlstm::benchmarks {
namespace {

// A lane of a product is two multiply-adds: the sum of two products joins the total.
struct Bfloat16Dot {
  typedef float V __attribute__((vector_size(64)));
  static constexpr int kLanes = 32, kChains = 12;
  static V broadcast(float value) { return _mm512_set1_ps(value); }
  static V fma(V total, V a, V b) {
    return _mm512_dpbf16_ps(total, __builtin_bit_cast(__m512bh, a), __builtin_bit_cast(__m512bh, b));
  }
};

}  // namespace

std::int64_t run_peak_bfloat16(std::int64_t rounds) {
  return run_peak_loop<Bfloat16Dot>(rounds);
}

}  // namespace convlstm::benchmarks
