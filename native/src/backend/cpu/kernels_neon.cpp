// Every AArch64 has these instructions. Its 32 registers hold as many accumulators as AVX-512's do.
#include <arm_neon.h>

#include "backend/cpu/kernels_impl.h"

namespace convlstm::cpu {
namespace {

struct Neon {
  typedef float V __attribute__((vector_size(16)));
  typedef std::int32_t I __attribute__((vector_size(16)));
  typedef std::uint16_t Half __attribute__((vector_size(8)));  // as many bfloat16
  static constexpr int kLanes = 4, kRows = 8, kVectors = 3, kGradientColumns = 6, kWinogradTiles = 6;
  static V broadcast(float value) { return vdupq_n_f32(value); }
  static V fma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
  static V min(V bound, V x) { return vminq_f32(bound, x); }
  static V max(V bound, V x) { return vmaxq_f32(bound, x); }
  static void sum4(V a, V b, V c, V d, float* sums) {
    vst1q_f32(sums, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d)));
  }
};

constexpr Kernels kKernels = KernelSet<Neon>::table("neon");

}  // namespace

const Kernels& neon_kernels() {
  return kKernels;
}

}  // namespace convlstm::cpu
