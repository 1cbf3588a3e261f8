// Tensor maps: how the copy engine of compute capability 9.0 finds boxes of an array in memory. The driver
// makes them; the emulated device has maps of its own with the same rules (cuda_tensor_map.cpp,
// emulated_tensor_map.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace convlstm::cuda {

// Handed to kernels by value; opaque.
struct alignas(64) TensorMap {
  std::byte bytes[128];
};

enum class MapElement : std::uint8_t {
  kBfloat16,
  kFloat16,
  kFloat32,
  kTf32  // of float32, rounded as they are copied
};
// Rows of a box in shared memory have this many bytes at most, and the vectors of 16 bytes in them are mixed
// up: number v of a row at address a lies at v ^ (a / 128 % (span / 16)).
enum class Swizzle : std::uint8_t { k32 = 32, k64 = 64, k128 = 128 };

inline constexpr int kMostMapAxes = 5;

// An array of up to 5 axes, the densest first; what lies outside of it is 0.
struct MappedArray {
  MapElement element = MapElement::kFloat32;
  const void* data = nullptr;  // aligned to 16 bytes
  int axes = 0;
  std::int64_t size[kMostMapAxes] = {};
  std::int64_t stride[kMostMapAxes] = {};  // in bytes, multiples of 16; that of the first is not looked at
  Swizzle swizzle = Swizzle::k128;
};

// Boxes of box[axis] numbers.
TensorMap tiled_map(const MappedArray& array, const std::int32_t (&box)[kMostMapAxes]);

// Rows of `channels` numbers at pixels that follow each other in the order of memory: those at lower[axis] +
// k * step[axis] up to size[axis] - 1 + upper[axis], for the axes w, h (d) of arrays (channel, w, h, (d,)
// image), then those of the next image.
struct PixelBox {
  std::int32_t lower[3], upper[3], step[3];
  std::int32_t channels, pixels;
};
TensorMap pixel_map(const MappedArray& array, const PixelBox& box);

// What both of them throw, as Error(CLN_INTERNAL_ERROR), where an array cannot be mapped: the rules of
// cuTensorMapEncodeTiled and cuTensorMapEncodeIm2col.
void check_map(const MappedArray& array);
void check_box(const MappedArray& array, const std::int32_t (&box)[kMostMapAxes]);
void check_box(const MappedArray& array, const PixelBox& box);

inline std::int64_t bytes_of(MapElement element) {
  return element == MapElement::kFloat32 || element == MapElement::kTf32 ? 4 : 2;
}

}  // namespace convlstm::cuda
