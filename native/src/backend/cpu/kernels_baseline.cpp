// Vectors of four floats, which every x86-64 has (SSE2); on other machines the compiler maps them to what
// there is.
#include "backend/cpu/kernels_impl.h"

namespace convlstm::cpu {
namespace {

struct Baseline {
  typedef float V __attribute__((vector_size(16)));
  typedef std::int32_t I __attribute__((vector_size(16)));
  typedef std::uint16_t Half __attribute__((vector_size(8)));  // as many bfloat16
  static constexpr int kLanes = 4, kRows = 4, kVectors = 3, kGradientColumns = 2;
  static V broadcast(float value) { return V{value, value, value, value}; }
  static V fma(V a, V b, V c) { return a * b + c; }
  static V min(V bound, V x) { return bound < x ? bound : x; }
  static V max(V bound, V x) { return bound > x ? bound : x; }
  static void sum4(V a, V b, V c, V d, float* sums) {
    sums[0] = (a[0] + a[2]) + (a[1] + a[3]);
    sums[1] = (b[0] + b[2]) + (b[1] + b[3]);
    sums[2] = (c[0] + c[2]) + (c[1] + c[3]);
    sums[3] = (d[0] + d[2]) + (d[1] + d[3]);
  }
};

constexpr Kernels kKernels = KernelSet<Baseline>::table("baseline");

}  // namespace

const Kernels& baseline_kernels() {
  return kKernels;
}

}  // namespace convlstm::cpu
