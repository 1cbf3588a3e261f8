// What AVX-512 has, and products of pairs of bfloat16 by one instruction.
//
// GCC 12 warns about the undefined registers inside its own header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "backend/cpu/product_impl.h"

namespace convlstm::cpu {
namespace {

struct Avx512Pairs {
  typedef float V __attribute__((vector_size(64)));
  typedef std::int32_t I __attribute__((vector_size(64)));
  static constexpr int kLanes = 16, kRows = 8, kVectors = 3;
  static V broadcast(float pair) { return _mm512_set1_ps(pair); }
  static V fma(V a, V b, V total) {
    return _mm512_dpbf16_ps(total, __builtin_bit_cast(__m512bh, a), __builtin_bit_cast(__m512bh, b));
  }
};

}  // namespace

const Kernels& avx512_bf16_kernels() {
  static const Kernels kernels = [] {
    Kernels result = avx512_kernels();
    result.name = "avx512_bf16";
    result.multiply_pairs = ProductSet<Avx512Pairs>::multiply;
    return result;
  }();
  return kernels;
}

}  // namespace convlstm::cpu
