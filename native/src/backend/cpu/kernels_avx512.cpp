// GCC 12 warns about the undefined registers inside its own header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "backend/cpu/kernels_impl.h"

namespace convlstm::cpu {
namespace {

struct Avx512 {
  typedef float V __attribute__((vector_size(64)));
  typedef std::int32_t I __attribute__((vector_size(64)));
  typedef std::uint16_t Half __attribute__((vector_size(32)));  // as many bfloat16
  static constexpr int kLanes = 16, kRows = 8, kVectors = 3, kGradientColumns = 6, kWinogradTiles = 6;
  static V broadcast(float value) { return _mm512_set1_ps(value); }
  static V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
  static V min(V bound, V x) { return _mm512_min_ps(bound, x); }
  static V max(V bound, V x) { return _mm512_max_ps(bound, x); }
  static void stream(float* to, V v) { _mm512_stream_ps(to, v); }
  static V estimate_reciprocal(V x) { return _mm512_rcp14_ps(x); }  // of relative error 2^-14
  static void sum4(V a, V b, V c, V d, float* sums) {
    const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(half(a), half(b)), _mm256_hadd_ps(half(c), half(d)));
    _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
  }

 private:
  static __m256 half(V v) { return _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1)); }
};

constexpr Kernels kKernels = KernelSet<Avx512>::table("avx512");

}  // namespace

const Kernels& avx512_kernels() {
  return kKernels;
}

}  // namespace convlstm::cpu
