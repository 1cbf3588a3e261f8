// Elements of 16 bits: to and from float, on host and device.
#pragma once

#include <cstdint>
#include <cstring>

#include "backend/cuda/convolution.h"
#include "cell/host_device.h"

#if defined(__CUDACC__)
#include <cuda_fp16.h>
#endif

namespace convlstm::cuda {

CLN_HOST_DEVICE inline std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
CLN_HOST_DEVICE inline float float_of(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

CLN_HOST_DEVICE inline float bfloat16_to_float(std::uint16_t value) {
  return float_of(static_cast<std::uint32_t>(value) << 16);
}

// To the nearest, ties to even; NaN stays NaN.
CLN_HOST_DEVICE inline std::uint16_t float_to_bfloat16(float value) {
  const std::uint32_t bits = bits_of(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

CLN_HOST_DEVICE inline float float16_to_float(std::uint16_t value) {
#if defined(__CUDA_ARCH__)
  return __half2float(__ushort_as_half(value));
#else
  const std::uint32_t sign = static_cast<std::uint32_t>(value & 0x8000u) << 16, fraction = value & 0x3ffu;
  const std::uint32_t exponent = (value >> 10) & 0x1fu;
  if (exponent == 31) return float_of(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return float_of(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // subnormal
  return sign != 0 ? -magnitude : magnitude;
#endif
}

// To the nearest, ties to even; beyond 65504 and a half step to infinity; NaN stays NaN.
CLN_HOST_DEVICE inline std::uint16_t float_to_float16(float value) {
#if defined(__CUDA_ARCH__)
  return __half_as_ushort(__float2half_rn(value));
#else
  const std::uint32_t bits = bits_of(value), magnitude = bits & 0x7fffffffu;
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);
  if (magnitude < 0x38800000u) {  // subnormal: adding 0.5 leaves multiples of 2^-24 in the fraction
    const std::uint32_t rounded = bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f);
    return static_cast<std::uint16_t>(sign | rounded);
  }
  const std::uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u) - (112u << 23);
  return static_cast<std::uint16_t>(sign | rounded >> 13);
#endif
}

CLN_HOST_DEVICE inline float load_element(const void* data, std::int64_t index, Element element) {
  if (element == Element::kFloat32) return static_cast<const float*>(data)[index];
  const std::uint16_t bits = static_cast<const std::uint16_t*>(data)[index];
  return element == Element::kBfloat16 ? bfloat16_to_float(bits) : float16_to_float(bits);
}

CLN_HOST_DEVICE inline void store_element(void* data, std::int64_t index, float value, Element element) {
  if (element == Element::kFloat32)
    static_cast<float*>(data)[index] = value;
  else
    static_cast<std::uint16_t*>(data)[index] =
        element == Element::kBfloat16 ? float_to_bfloat16(value) : float_to_float16(value);
}

inline std::size_t bytes_of(Element element) {
  return element == Element::kFloat32 ? 4 : 2;
}

// to[i] = from[i] in float32 (element_cast.cu).
void widen(Stream& stream, const void* from, Element element, float* to, std::int64_t count);

}  // namespace convlstm::cuda
