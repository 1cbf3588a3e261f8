#include <arm_neon.h>

#include "peak.h"
#include "peak_loop.h"

namespace convlstm::benchmarks {
namespace {

struct Neon {
  typedef float V __attribute__((vector_size(16)));
  static constexpr int kLanes = 4, kChains = 16;
  static V broadcast(float value) { return vdupq_n_f32(value); }
  static V fma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
};

}  // namespace

std::int64_t run_peak_neon(std::int64_t rounds) {
  return run_peak_loop<Neon>(rounds);
}

}  // namespace convlstm::benchmarks
