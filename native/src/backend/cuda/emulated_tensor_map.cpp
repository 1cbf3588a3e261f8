#include "backend/cuda/emulated_tensor_map.h"

#include <cstring>

#include "backend/cuda/element.h"
#include "backend/cuda/tensor_ops.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace emulated {
namespace {

constexpr std::uint32_t kTiled = 0x544d4150, kPixels = 0x504d4150;

struct Map {
  std::uint32_t kind;
  MapElement element;
  Swizzle swizzle;
  std::int16_t axes;
  const std::byte* data;
  std::uint64_t stride[kMostMapAxes - 1];  // of the axes from 1 on
  std::uint32_t size[kMostMapAxes];        // less 1
  std::int16_t box[kMostMapAxes];          // of pixels: channels, pixels
  std::int16_t lower[3], upper[3];
  std::uint8_t step[3];
};
static_assert(sizeof(Map) <= sizeof(TensorMap));

Map map_of(const MappedArray& array, std::uint32_t kind) {
  check_map(array);
  Map map{};
  map.kind = kind;
  map.element = array.element;
  map.swizzle = array.swizzle;
  map.axes = static_cast<std::int16_t>(array.axes);
  map.data = static_cast<const std::byte*>(array.data);
  for (int k = 0; k < array.axes; ++k) {
    map.size[k] = static_cast<std::uint32_t>(array.size[k] - 1);
    if (k > 0) map.stride[k - 1] = static_cast<std::uint64_t>(array.stride[k]);
  }
  return map;
}

TensorMap opaque(const Map& map) {
  TensorMap result{};
  std::memcpy(&result, &map, sizeof map);
  return result;
}
Map read(const TensorMap& map) {
  Map result;
  std::memcpy(&result, &map, sizeof result);
  return result;
}

// Copies a row from `at`, or zeros, swizzled.
void copy_row(const Map& map, const std::int64_t (&at)[kMostMapAxes], std::byte* shared, std::size_t offset) {
  bool is_inside = true;
  const std::byte* from = map.data;
  for (int k = 1; k < map.axes; ++k) {
    is_inside &= at[k] >= 0 && at[k] <= map.size[k];
    if (is_inside) from += static_cast<std::uint64_t>(at[k]) * map.stride[k - 1];
  }
  const auto bytes = static_cast<std::size_t>(bytes_of(map.element));
  for (std::size_t i = 0; i < static_cast<std::size_t>(map.box[0]); ++i) {
    const std::int64_t number = at[0] + static_cast<std::int64_t>(i);
    std::byte* const to = shared + swizzled(offset + i * bytes, map.swizzle);
    std::memset(to, 0, bytes);
    if (!is_inside || number < 0 || number > map.size[0]) continue;
    std::memcpy(to, from + static_cast<std::size_t>(number) * bytes, bytes);
    if (map.element != MapElement::kTf32) continue;
    std::uint32_t bits;
    std::memcpy(&bits, to, sizeof bits);
    bits = to_tf32(bits);
    std::memcpy(to, &bits, sizeof bits);
  }
}

void copy_tile(const Map& map, const CopyPlace& place, std::byte* shared, std::size_t offset) {
  std::int32_t in_box[kMostMapAxes] = {};
  for (int axis = 0; axis < map.axes;) {
    std::int64_t at[kMostMapAxes] = {};
    for (int k = 0; k < map.axes; ++k) at[k] = place.at[k] + in_box[k];
    copy_row(map, at, shared, offset);
    offset += static_cast<std::size_t>(map.box[0] * bytes_of(map.element));
    for (axis = 1; axis < map.axes && ++in_box[axis] == map.box[axis]; ++axis) in_box[axis] = 0;
  }
}

void copy_pixels(const Map& map, const CopyPlace& place, std::byte* shared, std::size_t offset) {
  const int image = map.axes - 1;
  std::int64_t pixel[kMostMapAxes] = {};
  for (int k = 0; k < map.axes; ++k) pixel[k] = place.at[k];
  for (int i = 0; i < map.box[1]; ++i) {
    std::int64_t at[kMostMapAxes] = {};
    for (int k = 0; k < map.axes; ++k) at[k] = pixel[k] + (k > 0 && k < image ? place.offset[k - 1] : 0);
    copy_row(map, at, shared, offset);
    offset += static_cast<std::size_t>(map.box[0] * bytes_of(map.element));
    int axis = 1;
    for (; axis < image; ++axis) {
      pixel[axis] += map.step[axis - 1];
      if (pixel[axis] <= static_cast<std::int64_t>(map.size[axis]) + map.upper[axis - 1]) break;
      pixel[axis] = map.lower[axis - 1];
    }
    if (axis == image) ++pixel[image];
  }
}

}  // namespace

MapCopy check_copy(const TensorMap& opaque, bool is_pixels, const CopyPlace& place) {
  const Map map = read(opaque);
  if (map.kind != (is_pixels ? kPixels : kTiled))
    fail(CLN_INTERNAL_ERROR, "kernel: expected a tensor map of ", is_pixels ? "pixels" : "tiles");
  std::int64_t numbers = map.box[0];
  if (is_pixels) {
    numbers *= map.box[1];
    const int limit = map.axes == 3 ? 65536 : map.axes == 4 ? 256 : 32;
    for (int k = 0; k + 2 < map.axes; ++k) {
      const std::int64_t pixel = place.at[k + 1];
      if (pixel < map.lower[k] || pixel > static_cast<std::int64_t>(map.size[k + 1]) + map.upper[k])
        fail(CLN_INTERNAL_ERROR, "kernel: pixel ", pixel, " outside of the box of a tensor map");
      if (place.offset[k] < 0 || place.offset[k] >= limit)
        fail(CLN_INTERNAL_ERROR, "kernel: expected an offset of 0 to ", limit - 1, ", got ", place.offset[k]);
    }
  } else {
    for (int k = 1; k < map.axes; ++k) numbers *= map.box[k];
  }
  return {numbers * bytes_of(map.element), map.swizzle};
}

void copy_box(const TensorMap& opaque, const CopyPlace& place, std::byte* shared, std::size_t offset) {
  const Map map = read(opaque);
  return map.kind == kPixels ? copy_pixels(map, place, shared, offset)
                             : copy_tile(map, place, shared, offset);
}

}  // namespace emulated

TensorMap tiled_map(const MappedArray& array, const std::int32_t (&box)[kMostMapAxes]) {
  emulated::Map map = emulated::map_of(array, emulated::kTiled);
  check_box(array, box);
  for (int k = 0; k < array.axes; ++k) map.box[k] = static_cast<std::int16_t>(box[k]);
  return emulated::opaque(map);
}

TensorMap pixel_map(const MappedArray& array, const PixelBox& box) {
  emulated::Map map = emulated::map_of(array, emulated::kPixels);
  check_box(array, box);
  map.box[0] = static_cast<std::int16_t>(box.channels);
  map.box[1] = static_cast<std::int16_t>(box.pixels);
  for (int k = 0; k + 2 < array.axes; ++k) {
    map.lower[k] = static_cast<std::int16_t>(box.lower[k]);
    map.upper[k] = static_cast<std::int16_t>(box.upper[k]);
    map.step[k] = static_cast<std::uint8_t>(box.step[k]);
  }
  return emulated::opaque(map);
}

}  // namespace convlstm::cuda
