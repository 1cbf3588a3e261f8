#include "backend/cuda/tensor_map.h"

#include "core/error.h"

namespace convlstm::cuda {
namespace {

template <typename T>
void expect(bool is_so, const char* what, const T& got) {
  if (!is_so) fail(CLN_INTERNAL_ERROR, "tensor map: expected ", what, ", got ", got);
}

void check_row(const MappedArray& array, std::int64_t numbers) {
  const std::int64_t bytes = numbers * bytes_of(array.element);
  expect(numbers >= 1 && numbers <= 256, "1 to 256 numbers a row of a box", numbers);
  expect(bytes % 16 == 0, "rows of a box that are multiples of 16 bytes", bytes);
  expect(bytes <= static_cast<int>(array.swizzle), "rows of a box no longer than the swizzle's span", bytes);
}

}  // namespace

void check_map(const MappedArray& array) {
  expect(array.axes >= 1 && array.axes <= kMostMapAxes, "1 to 5 axes", array.axes);
  expect(reinterpret_cast<std::uintptr_t>(array.data) % 16 == 0, "an array aligned to 16 bytes", "another");
  for (int k = 0; k < array.axes; ++k) {
    expect(array.size[k] >= 1 && array.size[k] <= std::int64_t{1} << 32, "sizes of 1 to 2^32", array.size[k]);
    if (k == 0) continue;
    const std::int64_t stride = array.stride[k];
    expect(stride % 16 == 0 && stride > 0, "strides that are multiples of 16 bytes", stride);
    expect(stride < std::int64_t{1} << 40, "strides under 2^40 bytes", stride);
  }
}

void check_box(const MappedArray& array, const std::int32_t (&box)[kMostMapAxes]) {
  check_row(array, box[0]);
  for (int k = 1; k < array.axes; ++k)
    expect(box[k] >= 1 && box[k] <= 256, "boxes of 1 to 256 along each axis", box[k]);
}

void check_box(const MappedArray& array, const PixelBox& box) {
  expect(array.axes >= 3, "3 to 5 axes of an array of pixels", array.axes);
  check_row(array, box.channels);
  expect(box.pixels >= 1 && box.pixels <= 1024, "1 to 1024 pixels", box.pixels);
  const int limit = array.axes == 3 ? 32768 : array.axes == 4 ? 128 : 16;
  for (int k = 0; k + 2 < array.axes; ++k) {
    expect(box.lower[k] >= -limit && box.lower[k] < limit, "a lower corner in range", box.lower[k]);
    expect(box.upper[k] >= -limit && box.upper[k] < limit, "an upper corner in range", box.upper[k]);
    expect(box.step[k] >= 1 && box.step[k] <= 8, "steps of 1 to 8", box.step[k]);
    expect(array.size[k + 1] + box.upper[k] > box.lower[k], "a box of pixels that is not empty",
           array.size[k + 1]);
  }
}

}  // namespace convlstm::cuda
