// bfloat16: the upper half of a 32-bit float.
#pragma once

#include <bit>
#include <cstdint>

namespace convlstm::bfloat16 {

// To the nearest, ties to even; NaN stays NaN.
inline std::uint16_t from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float to_float(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

inline float round(float value) {
  return to_float(from_float(value));
}

}  // namespace convlstm::bfloat16
