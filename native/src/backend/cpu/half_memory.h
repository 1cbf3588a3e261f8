// Vectors of floats from and to 16 bits, for the files of one instruction set each (see vector_math.h).
#pragma once

#include "backend/cpu/vector_memory.h"

namespace convlstm::cpu {

template <typename S>
struct HalfMemory : VectorMemory<S> {
  using V = typename S::V;
  using I = typename S::I;
  using Half = typename S::Half;
  using VectorMemory<S>::load, VectorMemory<S>::store;
  static constexpr int kLanes = S::kLanes;
  static constexpr float kUnits = 65535.0f;

  static V load_bfloat16(const std::uint16_t* from) { return __builtin_bit_cast(V, load_bits(from) << 16); }
  static void store_bfloat16(std::uint16_t* to, V v) { store_bits(to, round(v) >> 16); }

  // Numbers from 0 to 1. Those between them stay between.
  static V load_unit(const std::uint16_t* from) {
    return __builtin_convertvector(load_bits(from), V) / S::broadcast(kUnits);
  }
  static void store_unit(std::uint16_t* to, V v) {
    I bits = __builtin_convertvector(S::fma(v, S::broadcast(kUnits), S::broadcast(0.5f)), I);
    bits += (v < S::broadcast(1.0f)) & (bits > 65534);
    bits -= (v > V{}) & (bits < 1);
    store_bits(to, bits);
  }

  // Rounded to bfloat16: `low` in the lower halves, `high` in the upper ones.
  static V join(V low, V high) {
    const I lower = (round(low) >> 16) & 0xffff;
    return __builtin_bit_cast(V, lower | (round(high) & -0x10000));
  }

  // to[k]: bfloat16 of even[k] in the lower half, of odd[k] in the upper one. `odd` null: zeros.
  static void join_pairs(const float* even, const float* odd, std::int64_t count, float* to) {
    std::int64_t k = 0;
    for (; k + kLanes <= count; k += kLanes)
      store(to + k, join(load(even + k), odd != nullptr ? load(odd + k) : V{}));
    if (k == count) return;
    float rest[2][kLanes] = {};
    for (std::int64_t j = k; j < count; ++j) {
      rest[0][j - k] = even[j];
      if (odd != nullptr) rest[1][j - k] = odd[j];
    }
    store(rest[0], join(load(rest[0]), load(rest[1])));
    for (std::int64_t j = k; j < count; ++j) __builtin_memcpy(to + j, &rest[0][j - k], sizeof(float));
  }

  static void split_pairs(const float* pairs, std::int64_t count, std::uint16_t* even, std::uint16_t* odd) {
    std::int64_t k = 0;
    for (; k + kLanes <= count; k += kLanes) {
      const I bits = __builtin_bit_cast(I, load(pairs + k));
      store_bits(even + k, bits & 0xffff);
      if (odd != nullptr) store_bits(odd + k, (bits >> 16) & 0xffff);
    }
    for (; k < count; ++k) {
      std::uint32_t bits;
      __builtin_memcpy(&bits, pairs + k, sizeof bits);
      even[k] = static_cast<std::uint16_t>(bits);
      if (odd != nullptr) odd[k] = static_cast<std::uint16_t>(bits >> 16);
    }
  }

 private:
  // The upper halves are bfloat16: to the nearest, ties to even; NaN stays NaN.
  static I round(V v) {
    const I bits = __builtin_bit_cast(I, v);
    return v == v ? bits + (0x7fff + ((bits >> 16) & 1)) : bits | 0x400000;
  }
  static I load_bits(const std::uint16_t* from) {
    Half half;
    __builtin_memcpy(&half, from, sizeof half);
    return __builtin_convertvector(half, I);
  }
  static void store_bits(std::uint16_t* to, I bits) {
    const Half half = __builtin_convertvector(bits, Half);
    __builtin_memcpy(to, &half, sizeof half);
  }
};

}  // namespace convlstm::cpu
