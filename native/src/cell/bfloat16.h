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

// Two numbers in the place of a float, the first in the lower half.
inline float pair(float even, float odd) {
  return std::bit_cast<float>(std::uint32_t{from_float(odd)} << 16 | from_float(even));
}
inline float even_of(float pair) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(pair) << 16);
}
inline float odd_of(float pair) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(pair) & 0xffff0000u);
}

}  // namespace convlstm::bfloat16
