// The microkernel of Product, included by the file of each instruction set.
#pragma once

#include "backend/cpu/kernels.h"
#include "backend/cpu/vector_memory.h"

namespace convlstm::cpu {

// All accumulators stay in registers: kRows * kVectors of them, one input vector each, one broadcast weight.
template <typename S>
struct ProductSet : VectorMemory<S> {
  using V = typename S::V;
  using VectorMemory<S>::load, VectorMemory<S>::store;
  static constexpr int kLanes = S::kLanes;
  static constexpr int kRows = S::kRows;
  static constexpr int kStride = S::kVectors * kLanes;  // of a row of sums

  template <int N>
  static void multiply_vectors(const Product& product, float* sums) {
    V total[kRows][N] = {};
    const float* weights = product.weights;
    for (const Terms& terms : product.terms) {
      if (terms.count == 0) continue;
      const float* base[N];
      for (int v = 0; v < N; ++v) base[v] = terms.base + product.places[v].plane;
      for (std::int64_t k = 0; k < terms.count; ++k, weights += kRows) {
        const std::int64_t offset = terms.offsets[k];
        V input[N];
#pragma GCC unroll 8
        for (int v = 0; v < N; ++v) input[v] = load(base[v] + offset);
#pragma GCC unroll 8
        for (int r = 0; r < kRows; ++r) {
          const V weight = S::broadcast(weights[r]);
#pragma GCC unroll 8
          for (int v = 0; v < N; ++v) total[r][v] = S::fma(weight, input[v], total[r][v]);
        }
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < N; ++v) store(sums + r * kStride + v * kLanes, total[r][v]);
  }

  static void multiply(const Product& product, float* sums) {
    static_assert(S::kVectors == 3);
    if (product.vectors == 3) return multiply_vectors<3>(product, sums);
    if (product.vectors == 2) return multiply_vectors<2>(product, sums);
    multiply_vectors<1>(product, sums);
  }
};

// Products of pairs of bfloat16 where no instruction has them: both are widened to floats.
template <typename S>
struct WidenedPairs : S {
  using V = typename S::V;
  using I = typename S::I;
  static V fma(V a, V b, V total) { return S::fma(odd(a), odd(b), S::fma(even(a), even(b), total)); }

 private:
  static V even(V pairs) { return __builtin_bit_cast(V, __builtin_bit_cast(I, pairs) << 16); }
  static V odd(V pairs) { return __builtin_bit_cast(V, __builtin_bit_cast(I, pairs) & -0x10000); }
};

}  // namespace convlstm::cpu
