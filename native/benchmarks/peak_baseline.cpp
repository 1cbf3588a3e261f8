#include "peak.h"
#include "peak_loop.h"

namespace convlstm::benchmarks {
namespace {

struct Baseline {
  typedef float V __attribute__((vector_size(16)));
  static constexpr int kLanes = 4, kChains = 10;
  static V broadcast(float value) { return V{value, value, value, value}; }
  static V fma(V a, V b, V c) { return a * b + c; }
};

}  // namespace

std::int64_t run_peak_baseline(std::int64_t rounds) {
  return run_peak_loop<Baseline>(rounds);
}

}  // namespace convlstm::benchmarks
