// Tensor maps of the emulated device, and what its copy engine does with them.
#pragma once

#include "backend/cuda/tensor_map.h"

namespace convlstm::cuda::emulated {

// Where a copy begins: of tiled maps the first of the box; of pixel maps the channel, a pixel of its box, and
// the image, and how far from each pixel to read.
struct CopyPlace {
  std::int32_t at[kMostMapAxes];
  std::int32_t offset[3];
};

// Throws where `map` is none of tiled_map (or pixel_map), and where a place is out of its range.
struct MapCopy {
  std::int64_t bytes;  // of the box
  Swizzle swizzle;
};
MapCopy check_copy(const TensorMap& map, bool is_pixels, const CopyPlace& place);

// The box, to `shared` + what `offset` becomes by the swizzle.
void copy_box(const TensorMap& map, const CopyPlace& place, std::byte* shared, std::size_t offset);

// Of a byte in shared memory, counted from its first.
inline std::size_t swizzled(std::size_t offset, Swizzle swizzle) {
  const std::size_t vectors = static_cast<std::size_t>(swizzle) / 16;
  return offset ^ (offset >> 7 & (vectors - 1)) << 4;
}

}  // namespace convlstm::cuda::emulated
