// Two neighbouring channels, as a lane has them after the products. Their first is even: a pair lies in one
// aligned word.
#pragma once

#include "backend/cuda/block_launch.h"
#include "backend/cuda/stage_kernels.h"

namespace convlstm::cuda {

struct alignas(8) Pair {
  float value[2];
};

CLN_DEVICE inline Pair load_pair(const float* data, std::int64_t i) {
  return *reinterpret_cast<const Pair*>(data + i);
}
CLN_DEVICE inline void store_pair(float* data, std::int64_t i, const Pair& pair) {
  *reinterpret_cast<Pair*>(data + i) = pair;
}

CLN_DEVICE inline std::uint32_t load_bits(const void* data, std::int64_t i) {
  return *reinterpret_cast<const std::uint32_t*>(static_cast<const std::uint16_t*>(data) + i);
}
CLN_DEVICE inline void store_bits(void* data, std::int64_t i, std::uint16_t low, std::uint16_t high) {
  *reinterpret_cast<std::uint32_t*>(static_cast<std::uint16_t*>(data) + i) =
      static_cast<std::uint32_t>(high) << 16 | low;
}

// Elements; beyond what they hold, the largest that they do.
template <Element E>
CLN_DEVICE inline void store_pair(void* data, std::int64_t i, const Pair& pair) {
  if constexpr (E == Element::kFloat32) {
    store_pair(static_cast<float*>(data), i, pair);
  } else {
    std::uint16_t bits[2];
    for (int k = 0; k < 2; ++k) store_saturated<E>(bits, k, pair.value[k]);
    store_bits(data, i, bits[0], bits[1]);
  }
}

// Of a tape.
CLN_DEVICE inline Pair load_pair(const StageArray& array, std::int64_t i) {
  if (array.kept == Kept::kFloat32) return load_pair(static_cast<const float*>(array.data), i);
  const std::uint32_t bits = load_bits(array.data, i);
  const auto low = static_cast<std::uint16_t>(bits), high = static_cast<std::uint16_t>(bits >> 16);
  if (array.kept == Kept::kUnit16) return {{unit_of(low), unit_of(high)}};
  return {{bfloat16_to_float(low), bfloat16_to_float(high)}};
}
CLN_DEVICE inline void store_pair(const StageArray& array, std::int64_t i, const Pair& pair) {
  const float low = pair.value[0], high = pair.value[1];
  if (array.kept == Kept::kFloat32) return store_pair(static_cast<float*>(array.data), i, pair);
  if (array.kept == Kept::kUnit16) return store_bits(array.data, i, bits_of_unit(low), bits_of_unit(high));
  store_bits(array.data, i, float_to_bfloat16(low), float_to_bfloat16(high));
}

}  // namespace convlstm::cuda
