// Squares of channels by pixels turned over in registers, written once over a vector type (see
// kernels_impl.h).
#pragma once

#include <cstdint>
#include <utility>

#include "backend/cpu/vector_memory.h"

namespace convlstm::cpu {

template <typename S>
struct WinogradTranspose : VectorMemory<S> {
  using V = typename S::V;
  static constexpr int kLanes = S::kLanes;
  using VectorMemory<S>::load, VectorMemory<S>::store;

  // Lanes whose number has the bit `Distance` change places: those of the upper vector with the others of the
  // lower one.
  template <int Distance, int... Lane>
  static inline __attribute__((always_inline)) void exchange(V& upper, V& lower,
                                                             std::integer_sequence<int, Lane...>) {
    const V a = upper, b = lower;
    upper = __builtin_shufflevector(a, b, (Lane & Distance ? kLanes + Lane - Distance : Lane)...);
    lower = __builtin_shufflevector(a, b, (Lane & Distance ? kLanes + Lane : Lane + Distance)...);
  }

  template <int Distance>
  static inline __attribute__((always_inline)) void exchange_all(V (&rows)[kLanes]) {
#pragma GCC unroll 16
    for (int row = 0; row < kLanes; ++row)
      if ((row & Distance) == 0)
        exchange<Distance>(rows[row], rows[row + Distance], std::make_integer_sequence<int, kLanes>{});
    if constexpr (Distance > 1) exchange_all<Distance / 2>(rows);
  }

  // to[column * to_stride + row] = from[row * from_stride + column], kLanes of both.
  static void square(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
    V rows[kLanes];
#pragma GCC unroll 16
    for (int row = 0; row < kLanes; ++row) rows[row] = load(from + row * from_stride);
    exchange_all<kLanes / 2>(rows);
#pragma GCC unroll 16
    for (int row = 0; row < kLanes; ++row) store(to + row * to_stride, rows[row]);
  }
};

}  // namespace convlstm::cpu
