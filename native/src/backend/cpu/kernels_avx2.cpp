#include <immintrin.h>

#include "backend/cpu/kernels_impl.h"

namespace convlstm::cpu {
namespace {

struct Avx2 {
  typedef float V __attribute__((vector_size(32)));
  typedef std::int32_t I __attribute__((vector_size(32)));
  typedef std::uint16_t Half __attribute__((vector_size(16)));  // as many bfloat16
  static constexpr int kLanes = 8, kRows = 4, kVectors = 3, kGradientColumns = 3;
  static V broadcast(float value) { return _mm256_set1_ps(value); }
  static V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
  static V min(V bound, V x) { return _mm256_min_ps(bound, x); }
  static V max(V bound, V x) { return _mm256_max_ps(bound, x); }
  static void sum4(V a, V b, V c, V d, float* sums) {
    const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
  }
};

constexpr Kernels kKernels = KernelSet<Avx2>::table("avx2");

}  // namespace

const Kernels& avx2_kernels() {
  return kKernels;
}

}  // namespace convlstm::cpu
